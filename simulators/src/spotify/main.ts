import { parseArgs } from 'node:util';
import { z } from 'zod';
import { startSpotifySimulator } from './server.js';

const HELP = `Stands in for Spotify's accounts service, Spotify's Web API and ReccoBeats. All it answers is invented.

  node simulators/dist/spotify/main.js [flags]

  --port <n>                  port to listen on (8010)
  --host <address>            address to listen on (127.0.0.1)
  --user <name>               who signs in at /authorize when ?user= does not say (listener)
  --now <ISO time>            stop the clock at this moment; moved by POST /_control/clock
  --catalogue-features <csv>  load tracks and audio features in place of the invented catalogue …
  --catalogue-info <csv>      … with their names, artists and durations; both or neither
  --top favourites|all        top lists of 50 (favourites), or of the whole catalogue (all)
  --rotation <when>           a refresh gives a new refresh token: sometimes, always, never, or
                              single-use: always, and the old one is refused then (sometimes)
  --strict-tokens             refuse access and refresh tokens that are neither issued here nor sim-…-<name>
  --legacy-fields             bring back the fields that new apps no longer get (genres, popularity, email …)
  --audio-features            let Spotify's own /v1/audio-features answer in place of 403
  --help                      this text

Web API and accounts: http://HOST:PORT    ReccoBeats: http://HOST:PORT/reccobeats    control: /_control
Any bearer "sim-access-<name>" is the user <name>; so is the refresh token "sim-refresh-<name>". Any other token is
somebody's too, always the same person's, unless --strict-tokens is given. Issued tokens end as Spotify's do.`;

const flags = z
  .object({
    port: z.coerce.number().int().min(0).max(65535).default(8010),
    host: z.string().min(1).default('127.0.0.1'),
    user: z.string().min(1).default('listener'),
    now: z.iso.datetime({ offset: true }).optional(),
    'catalogue-features': z.string().optional(),
    'catalogue-info': z.string().optional(),
    top: z.enum(['favourites', 'all']).default('favourites'),
    rotation: z.enum(['sometimes', 'always', 'never', 'single-use']).default('sometimes'),
    'strict-tokens': z.boolean().default(false),
    'legacy-fields': z.boolean().default(false),
    'audio-features': z.boolean().default(false),
  })
  .refine(
    (given) => (given['catalogue-features'] === undefined) === (given['catalogue-info'] === undefined),
    {
      path: ['catalogue-info'],
      error: '--catalogue-features and --catalogue-info go together',
    },
  );

function readFlags() {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    options: {
      port: text,
      host: text,
      user: text,
      now: text,
      'catalogue-features': text,
      'catalogue-info': text,
      top: text,
      rotation: text,
      'strict-tokens': { type: 'boolean' },
      'legacy-fields': { type: 'boolean' },
      'audio-features': { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  return values;
}

async function main(): Promise<void> {
  const { help, ...values } = readFlags();
  if (help) return console.log(HELP);
  const given = flags.parse(values);
  const features = given['catalogue-features'];
  const info = given['catalogue-info'];
  const simulator = await startSpotifySimulator({
    port: given.port,
    host: given.host,
    user: given.user,
    top: given.top,
    rotation: given.rotation,
    strictTokens: given['strict-tokens'],
    legacyFields: given['legacy-fields'],
    audioFeatures: given['audio-features'],
    ...(given.now === undefined ? {} : { now: new Date(given.now) }),
    ...(features === undefined || info === undefined ? {} : { catalogueFiles: { features, info } }),
  });
  const tracks = `${simulator.catalogue.tracks.length} ${simulator.catalogue.origin} tracks`;
  console.log(`*** SPOTIFY SIMULATOR: ALL LISTENING DATA IS INVENTED *** ${simulator.url} (${tracks})`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void simulator.close());
}

main().catch((error: unknown) => {
  console.error(
    error instanceof z.ZodError ? z.prettifyError(error) : error instanceof Error ? error.message : error,
  );
  process.exitCode = 1;
});
