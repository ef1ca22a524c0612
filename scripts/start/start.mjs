import { OPERATOR } from '../../deploy/access.mjs';
import { makeStateDirectory, runDirectory } from '../clone-paths.mjs';
import { describe } from '../explained-error.mjs';
import { launchesRefused } from '../processes/launch.mjs';
import { claimClone, endLeftovers, releaseClone } from '../processes/leftovers.mjs';
import { killEverything, stopEverything } from '../processes/stop-everything.mjs';
import { createProgress } from '../progress.mjs';
import { readSecrets } from '../settings/secrets.mjs';
import { readSettings } from '../settings/settings.mjs';
import { ensureToolchain } from '../toolchain/toolchain.mjs';
import { buildWorkspace, installWorkspace } from '../toolchain/workspace-install.mjs';
import { checkPorts } from './check-ports.mjs';
import { START_HELP } from './help.mjs';
import { emptyData, startServers } from './start-servers.mjs';
import { provisionDatabase, provisionStreams, startServices, untilHealthy } from './start-services.mjs';
import { startSummary } from './summary.mjs';

const FLAGS = ['--help', '--reset', '--only-servers'];
const flags = process.argv.slice(2);
const unknown = flags.filter((flag) => !FLAGS.includes(flag));
const progress = createProgress();

if (unknown.length > 0 || flags.includes('--help')) {
  progress.plain(unknown.length > 0 ? `Unknown: ${unknown.join(' ')}\n\n${START_HELP}` : START_HELP);
  process.exit(unknown.length > 0 ? 2 : 0);
}

/** Whether this is the start of this clone; the programs that run are another one's as long as it is not. */
let claimed = false;

stopOnSignals();
try {
  await start();
} catch (error) {
  // While everything is being stopped, whatever was under way fails; that is no news.
  if (!launchesRefused()) {
    progress.plain(`\n${describe(error)}\n`);
    await end(1);
  }
}

async function start() {
  const settings = readSettings();
  makeStateDirectory();
  await claimClone(runDirectory);
  claimed = true;
  await endLeftovers(runDirectory, (text) => progress.step('leftovers', text));
  if (flags.includes('--reset')) {
    emptyData(settings, progress);
    makeStateDirectory();
  }
  const onlyServers = flags.includes('--only-servers');
  await checkPorts(settings, { onlyServers });
  const secrets = readSecrets();
  if (onlyServers) {
    const { postgres, redis, nats } = await startServers(settings, secrets, progress);
    progress.plain(
      `\nDATABASE_URL=${postgres}\nREDIS_URL=${redis}\nNATS_URL=${nats}\n${settings.env.NATS_URL ? '' : `NATS_NKEY=${secrets.natsSeeds[OPERATOR]}\n`}\nCtrl-C stops them.\n`,
    );
    return;
  }
  const [toolchain, urls] = await Promise.all([
    prepareWorkspace(),
    startServers(settings, secrets, progress),
  ]);
  const surroundings = { settings, secrets, toolchain, urls };
  await Promise.all([provisionDatabase(surroundings), provisionStreams(surroundings)]);
  progress.step('database', 'has a role and a schema of its own for each service');
  if (settings.simulated) {
    progress.warn('spotify', 'NO SPOTIFY APP IS CONFIGURED: a simulator stands in for Spotify.');
    progress.warn(
      'spotify',
      'What you see is made up, and marked source: "simulator". Set SPOTIFY_CLIENT_ID for the real one.',
    );
  }
  const failed = startServices(surroundings, progress);
  progress.step('services', 'started; waiting until they are well');
  const host = ['0.0.0.0', '::'].includes(settings.host) ? '127.0.0.1' : settings.host;
  const url = `http://${host}:${settings.ports.PORT}`;
  await Promise.race([untilHealthy(url), failed]);
  failed.catch(() => undefined); // From here on every program is started again, however often it ends.
  progress.step('services', 'all well');
  const hasAccounts = settings.env.AUTH_MODE === 'accounts';
  progress.plain(startSummary(url, { simulated: settings.simulated, hasAccounts }));
}

async function prepareWorkspace() {
  const toolchain = await ensureToolchain((text) => progress.step('toolchain', text));
  progress.step('toolchain', toolchain.description);
  progress.step('install', (await installWorkspace(toolchain)) ? 'done' : 'nothing has changed');
  await buildWorkspace(toolchain);
  progress.step('build', 'done');
  return toolchain;
}

function stopOnSignals() {
  let first = 0;
  const stop = () => {
    // npm hands on the signal that the terminal already gave to this process: two at once are one.
    if (first === 0) {
      first = Date.now();
      progress.plain('');
      progress.step('stop', 'stopping; once more to stop by force');
      end(0);
    } else if (Date.now() - first > 700) {
      killEverything().finally(() => process.exit(130));
    }
  };
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(signal, stop);
  }
  stopWithNpm(stop);
  // A terminal that is gone takes the output with it, and must not take the orderly end.
  process.stdout.on('error', () => undefined);
}

/**
 * Between npm and this process may be a shell that does not hand on the signal npm was ended with. Then it is gone, and
 * that is the sign.
 *
 * @param {() => void} stop
 */
function stopWithNpm(stop) {
  const parent = process.ppid;
  if (process.env.npm_lifecycle_event === undefined) {
    return;
  }
  const watch = setInterval(() => {
    if (process.ppid !== parent) {
      clearInterval(watch);
      stop();
    }
  }, 300);
  watch.unref();
}

/** @param {number} code */
async function end(code) {
  await stopEverything((text) => progress.step('stop', text));
  releaseClone(runDirectory);
  if (claimed) {
    progress.step('stop', 'nothing is left running');
  }
  process.exit(code);
}
