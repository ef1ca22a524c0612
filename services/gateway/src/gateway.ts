import fastifyCookie from '@fastify/cookie';
import { SOCKET_PATH } from '@undertone/contracts/live/socket';
import { type RouteDefinition } from '@undertone/contracts/rest/route';
import { routes } from '@undertone/contracts/rest/routes';
import { type FastifyInstance, fastify } from 'fastify';
import { serveAccounts } from './accounts/accounts.routes.js';
import { serveAudit } from './audit/audit.routes.js';
import { auditRequests } from './audit-log/uses.js';
import { authenticateRequests } from './callers/authenticate.js';
import { serveConnections } from './connections/connections.routes.js';
import { refuseForeignOrigins, refuseForeignSockets } from './credentials/foreign-origins.js';
import { admitOrigins } from './credentials/other-origins.js';
import { serveDeadLetters } from './dead-letters/dead-letters.routes.js';
import type { GatewayDependencies } from './dependencies.js';
import { serveDocumentation } from './documentation/documentation.routes.js';
import { serveEncryptionKeys } from './encryption-keys/encryption-keys.routes.js';
import { serveErasure } from './erasure/erasure.routes.js';
import { registerSse } from './event-streams/serve-events.js';
import { StreamPlaces } from './event-streams/stream-places.js';
import { serveExports } from './exports/exports.routes.js';
import { serveFirstVersion } from './first-version/wellness.routes.js';
import { serveHealth } from './health/health.routes.js';
import {
  answerBrokenRequest,
  answerExpectations,
  refuseMalformedQueries,
  refuseWrongHosts,
} from './http/broken-request.js';
import { refuseWhileClosing } from './http/closing.js';
import { refuseEncodedBodies } from './http/encoded-bodies.js';
import { takeJsonBodies } from './http/json-body.js';
import { logRequests } from './http/log-requests.js';
import { traceRequests } from './http/request-span.js';
import { secureAnswers } from './http/security-headers.js';
import { sendProblem } from './http/send-problem.js';
import { refuseSlowBodies } from './http/slow-bodies.js';
import { refuseOtherMethods, refuseUnknownPaths } from './http/unserved.js';
import { serveImports } from './imports/imports.routes.js';
import { serveInsights } from './insights/insights.routes.js';
import { serveDecisionsOnMany } from './jobs/decisions-on-many.routes.js';
import { serveJobs } from './jobs/jobs.routes.js';
import { serveHistory } from './listening/history.routes.js';
import { serveListening } from './listening/listening.routes.js';
import { refuseForeignPages, selfProving } from './open-mode/foreign-pages.js';
import { serveOperations } from './operations/operations.routes.js';
import { servePrompts } from './prompts/prompts.routes.js';
import { limitAddresses, limitCallers, RateCounts } from './rate-limit/rate-limit.js';
import { serveRebuilds } from './rebuilds/rebuilds.routes.js';
import { serveReplays } from './replays/replays.routes.js';
import { serveSchedules } from './schedules/schedules.routes.js';
import type { GatewaySettings } from './settings.js';
import { serveApiKeys } from './sign-in/api-keys.routes.js';
import { servePasskeys } from './sign-in/passkeys.routes.js';
import { serveProviderSignIn } from './sign-in/provider-sign-in.routes.js';
import { serveSignIn } from './sign-in/sign-in.routes.js';
import { serveWaysIn } from './sign-in/ways-in.routes.js';
import { isUpgrade, registerSockets, serveSockets } from './sockets/serve-sockets.js';
import { serveTaskDecisions } from './tasks/task-decisions.routes.js';
import { serveTasks } from './tasks/tasks.routes.js';
import { serveTokens } from './tokens/tokens.routes.js';
import { UPLOAD_MS } from './uploads/serve-upload.js';
import { serveUsers } from './users/users.routes.js';

/** Every wait behind a request has its own, shorter deadline; this one is for what was not thought of. */
const HANDLER_TIMEOUT_MS = 25_000;
/** Within it the headers have to come, and every body that is no upload. */
const REQUEST_MS = 15_000;

/** The gateway as an HTTP server that does not listen yet. Hooks run in the order they are added here. */
export async function buildGateway(
  dependencies: GatewayDependencies,
  settings: GatewaySettings,
): Promise<FastifyInstance> {
  const { log } = dependencies;
  const toProblem = sendProblem(log);
  const app = fastify({
    // Fastify's own lines would hold the whole URL.
    logger: false,
    bodyLimit: settings.BODY_LIMIT_BYTES,
    trustProxy: settings.TRUSTED_PROXIES,
    http: { headersTimeout: REQUEST_MS, requireHostHeader: false, shouldUpgradeCallback: isUpgrade },
    requestTimeout: UPLOAD_MS,
    connectionTimeout: 60_000,
    handlerTimeout: HANDLER_TIMEOUT_MS,
    return503OnClosing: false,
    frameworkErrors: toProblem,
    clientErrorHandler: answerBrokenRequest,
  });
  app.setErrorHandler(toProblem);

  // First, so that a request for a WebSocket is known to be one, whatever refuses it.
  await registerSockets(app);
  traceRequests(app);
  auditRequests(app, dependencies.auditLog);
  logRequests(app, log, dependencies.auditLog);
  secureAnswers(app);
  answerExpectations(app.server);
  refuseWrongHosts(app);
  refuseMalformedQueries(app);
  app.decorate('writeKeys', dependencies.writeKeys);
  refuseWhileClosing(app);
  if (settings.AUTH_MODE === 'open') {
    await admitOrigins(app, settings.CORS_ORIGINS, selfProving);
    const address = { behindLoopbackPort: settings.OPEN_MODE_BEHIND_LOOPBACK_PORT };
    refuseForeignPages(app, address, settings.CORS_ORIGINS);
  } else {
    await admitOrigins(app, settings.CORS_ORIGINS);
    refuseForeignOrigins(app, settings.PUBLIC_URL);
    refuseForeignSockets(app, settings.PUBLIC_URL, settings.CORS_ORIGINS);
  }
  const counts = new RateCounts(dependencies.redis);
  limitAddresses(app, counts, settings);
  refuseUnknownPaths(app);
  await app.register(fastifyCookie);
  authenticateRequests(app, dependencies.authenticate);
  limitCallers(app, counts, settings);
  refuseSlowBodies(app, REQUEST_MS);
  refuseEncodedBodies(app);
  takeJsonBodies(app);
  const places = new StreamPlaces(settings.OPEN_STREAMS_LIMIT, settings.STREAMS_PER_PERSON);
  await registerSse(app, places, dependencies.credentialWatch);

  serveUsers(app, dependencies);
  serveErasure(app, dependencies);
  serveWaysIn(app, dependencies);
  serveSignIn(app, dependencies);
  serveProviderSignIn(app, dependencies);
  servePasskeys(app, dependencies);
  serveApiKeys(app, dependencies);
  serveAccounts(app, dependencies);
  serveAudit(app, dependencies);
  serveTokens(app, dependencies);
  serveConnections(app, dependencies);
  serveListening(app, dependencies);
  serveHistory(app, dependencies);
  await serveImports(app, dependencies, settings.UPLOAD_LIMIT_BYTES);
  serveExports(app, dependencies);
  serveInsights(app, dependencies);
  serveFirstVersion(app, dependencies);
  serveReplays(app, dependencies);
  servePrompts(app, dependencies);
  serveTasks(app, dependencies);
  serveSockets(app, dependencies);
  serveTaskDecisions(app, dependencies);
  serveJobs(app, dependencies);
  serveDecisionsOnMany(app, dependencies);
  serveOperations(app, dependencies);
  serveRebuilds(app, dependencies);
  serveDeadLetters(app, dependencies);
  serveEncryptionKeys(app, dependencies);
  serveSchedules(app, dependencies);
  serveHealth(app, dependencies);
  refuseOtherMethods(app, [...Object.values<RouteDefinition>(routes), { path: SOCKET_PATH, method: 'GET' }]);
  await serveDocumentation(app);
  return app;
}
