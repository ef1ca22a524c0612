import { routes } from '@undertone/contracts/rest/routes';
import { checkHealth, natsCheck, redisCheck } from '@undertone/platform/health/health';
import type { FastifyInstance } from 'fastify';
import type { GatewayDependencies } from '../dependencies.js';
import { serveRoute } from '../http/serve-route.js';
import { systemHealth } from './system-health.js';

export function serveHealth(app: FastifyInstance, { nats, redis, quickRpc }: GatewayDependencies): void {
  serveRoute(app, routes.health, async () => {
    const report = await systemHealth(
      { nats: natsCheck(nats), redis: redisCheck(redis, 'gateway') },
      quickRpc,
    );
    return { body: report, status: report.status === 'up' ? 200 : 503 };
  });

  app.get('/livez', { config: { unlimited: true } }, async () => ({ status: 'up' }));

  // Without Redis the gateway is slower, not wrong: it goes on.
  app.get('/readyz', { config: { unlimited: true } }, async (_request, reply) => {
    const report = await checkHealth({ nats: natsCheck(nats) });
    return reply.code(report.status === 'up' ? 200 : 503).send(report);
  });
}
