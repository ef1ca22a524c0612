import { PORTS } from '../settings/settings.mjs';

const ports = PORTS.map(([setting, what, preset]) => `  ${setting.padEnd(24)}${what} (${preset})`).join('\n');

export const START_HELP = `npm start                    starts Undertone: three servers, six services, and what they need
npm start -- --reset         empties the data first (streams, tables, cache), then starts
npm start -- --only-servers  starts Postgres, Redis and NATS alone, and prints their addresses
npm start -- --help

Ctrl-C stops everything; a second Ctrl-C stops it by force. Data, logs and downloads are in .undertone/.

Settings come from the environment, else from the file .env in this folder:
  HOST                    the gateway's address (127.0.0.1)
${ports}

  DATABASE_URL            a running Postgres 18 and an administrator of it, instead of starting one; with ?sslmode=
  REDIS_URL               a running Redis 7 or later, instead of starting one; redis://user:password@ or rediss://
  NATS_URL                a running NATS 2.14 or later with JetStream, instead of starting one; nats://user:password@ or tls://
  NATS_NKEY, NATS_CREDS, NATS_TOKEN  other credentials for it
  NATS_API_PREFIX         where their account has the JetStream API, if not under $JS.API
  …_CA, …_CERT, …_KEY     for these servers: who signed their certificates, and the client's own (PEM; or …_CA_FILE and so on)
  SERVERS_FROM            where servers may come from, in this order: path,npm,docker,archive
                          (npm has Postgres alone; archive is this machine's Debian or Ubuntu archive)

  SPOTIFY_CLIENT_ID       your Spotify app; without it a simulator stands in for Spotify
  SPOTIFY_CLIENT_SECRET   and its secret
  SPOTIFY_SIMULATOR_OPTIONS  flags for the simulator: node simulators/dist/spotify/main.js --help

  OPENAI_BASE_URL, OPENAI_API_KEY, LLM_MODEL, INSIGHT_ENGINE, LOG_LEVEL and OTEL_* reach the services as they are.
`;
