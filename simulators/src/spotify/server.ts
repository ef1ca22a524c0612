import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import { z } from 'zod';
import { CallLog } from '../control/call-log.js';
import { SimulatedClock } from '../control/clock.js';
import { registerControlRoutes } from '../control/control-routes.js';
import { FaultBoard } from '../control/fault-board.js';
import { watchCalls } from '../control/simulated-calls.js';
import { registerAccountsRoutes } from './accounts-routes.js';
import type { Catalogue } from './catalogue/catalogue.js';
import { csvCatalogue } from './catalogue/csv-catalogue.js';
import { generatedCatalogue } from './catalogue/generated-catalogue.js';
import { tagAnswers } from './entity-tags.js';
import { errorBody, providerOf, SpotifyError } from './errors.js';
import { Grants } from './grants.js';
import { DEFAULT_SPOTIFY_OPTIONS, type SpotifyOptions } from './options.js';
import { PlayStream } from './plays.js';
import { registerReccoBeatsRoutes } from './reccobeats-routes.js';
import {
  applySpotifyFault,
  type SpotifyFault,
  type SpotifyFaultInput,
  spotifyFault,
} from './spotify-faults.js';
import { registerTruthRoutes } from './truth-routes.js';
import { registerWebApiRoutes } from './web-api-routes.js';

export interface SpotifySimulatorOptions extends Partial<SpotifyOptions> {
  /** 0 takes any free port. */
  readonly port?: number;
  readonly host?: string;
  /** Stops the simulator's clock at this moment; the machine's time where absent. */
  readonly now?: Date;
  /** A catalogue to load in place of the invented one. */
  readonly catalogueFiles?: { readonly features: string; readonly info: string };
}

/** A running Spotify simulator, for tests in the same process. */
export interface SpotifySimulator {
  /** `http://host:port`: both the accounts service and the Web API; ReccoBeats is at `<url>/reccobeats`. */
  readonly url: string;
  readonly clock: SimulatedClock;
  readonly calls: CallLog;
  readonly catalogue: Catalogue;
  readonly plays: PlayStream;
  /** Arms a fault, as `POST /_control/faults` does. */
  addFault(fault: SpotifyFaultInput): number;
  clearFaults(): void;
  /** Stops it; calls that still hang are cut. */
  close(): Promise<void>;
}

const tokenBody = z.object({ code: z.string().optional(), refresh_token: z.string().optional() });

function bearerOf(request: FastifyRequest): string | undefined {
  return /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
}

function requireUserWith(grants: Grants) {
  return (request: FastifyRequest): string => {
    const token = bearerOf(request);
    if (token === undefined) throw new SpotifyError(401, 'No token provided');
    const access = grants.accessOf(token);
    if (!access) throw new SpotifyError(401, 'Invalid access token');
    if (access.expired) throw new SpotifyError(401, 'The access token expired');
    return access.user;
  };
}

function userOfWith(grants: Grants) {
  return (request: FastifyRequest): string | undefined => {
    const token = bearerOf(request);
    if (token !== undefined) return grants.accessOf(token)?.user;
    const { code, refresh_token } = tokenBody.safeParse(request.body).data ?? {};
    if (code !== undefined) return grants.userOfCode(code);
    return refresh_token === undefined ? undefined : grants.refreshOf(refresh_token)?.user;
  };
}

function answerErrors(app: FastifyInstance, clock: SimulatedClock): void {
  app.setNotFoundHandler(async () => {
    throw new SpotifyError(404, 'Service not found');
  });
  app.setErrorHandler(async (error: Error & { statusCode?: number }, request, reply) => {
    const known =
      error instanceof SpotifyError ? error : new SpotifyError(error.statusCode ?? 500, error.message);
    if (known.retryAfter !== undefined) reply.header('retry-after', String(known.retryAfter));
    const path = request.url.split('?', 1)[0] ?? '';
    return reply.code(known.status).send(errorBody(providerOf(path), known, path, clock.now()));
  });
}

/**
 * Starts a stand-in for Spotify's accounts service, Spotify's Web API and ReccoBeats. Everything it answers is invented
 * and depends only on the user, the catalogue and the clock.
 */
export async function startSpotifySimulator(
  options: SpotifySimulatorOptions = {},
): Promise<SpotifySimulator> {
  const { port = 0, host = '127.0.0.1', now, catalogueFiles, ...given } = options;
  const settings: SpotifyOptions = { ...DEFAULT_SPOTIFY_OPTIONS, ...given };
  const catalogue = catalogueFiles
    ? await csvCatalogue(catalogueFiles.features, catalogueFiles.info)
    : generatedCatalogue();
  const clock = new SimulatedClock(now);
  const grants = new Grants(clock, settings.strictTokens);
  const plays = new PlayStream(catalogue);
  const faults = new FaultBoard<SpotifyFault>();
  const calls = new CallLog();
  const closing = new AbortController();
  const spoiled = { malformed: new WeakSet<FastifyRequest>(), denied: new WeakSet<FastifyRequest>() };

  const app = Fastify({ forceCloseConnections: true, routerOptions: { maxParamLength: 200 } });
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    async (_request: FastifyRequest, body: string) => Object.fromEntries(new URLSearchParams(body)),
  );
  answerErrors(app, clock);
  watchCalls(app, {
    name: 'spotify',
    faults,
    calls,
    userOf: userOfWith(grants),
    apply: (fault, request, reply) =>
      applySpotifyFault(fault, request, reply, { spoiled, signals: [closing.signal, faults.cleared] }),
  });
  app.addHook('onSend', async (request, _reply, payload) =>
    typeof payload === 'string' && spoiled.malformed.has(request)
      ? payload.slice(0, payload.length / 2)
      : payload,
  );
  // After what spoils an answer, so that a spoiled one is never the known one.
  tagAnswers(app);
  registerControlRoutes(app, { faults, faultSchema: spotifyFault, calls, clock });
  registerTruthRoutes(app, catalogue, plays);
  registerAccountsRoutes(app, { grants, clock, options: settings, spoiled });
  registerWebApiRoutes(app, {
    catalogue,
    plays,
    options: settings,
    clock,
    requireUser: requireUserWith(grants),
  });
  registerReccoBeatsRoutes(app, catalogue);

  const url = await app.listen({ port, host });
  return {
    url,
    clock,
    calls,
    catalogue,
    plays,
    addFault: (fault) => faults.add(spotifyFault.parse(fault)),
    clearFaults: () => faults.clear(),
    close: async () => {
      closing.abort();
      await app.close();
    },
  };
}
