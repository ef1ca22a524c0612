import { readSecrets } from '../settings/secrets.mjs';
import { readSettings } from '../settings/settings.mjs';
import { PROGRAMS, serviceEnvironment } from '../start/services.mjs';
import { runNode } from '../toolchain/run-node.mjs';

/** Prints the code that the first admin registers with, for the installation that `npm start` runs. */
const settings = readSettings();
await runNode([PROGRAMS.firstAdmin, ...process.argv.slice(2)], (toolchain) => {
  const urls = {
    postgres: settings.env.DATABASE_URL || `postgres://127.0.0.1:${settings.ports.POSTGRES_PORT}/undertone`,
    redis: settings.env.REDIS_URL || `redis://127.0.0.1:${settings.ports.REDIS_PORT}`,
    nats: settings.env.NATS_URL || `nats://127.0.0.1:${settings.ports.NATS_PORT}`,
  };
  const secrets = readSecrets();
  return serviceEnvironment('identity', 'IDENTITY_PORT', { settings, secrets, toolchain, urls });
});
