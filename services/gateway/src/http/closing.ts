import type { FastifyInstance } from 'fastify';
import { HttpProblem } from './problem.js';

/** While the server closes, what runs is ended and new work is sent elsewhere. */
export function refuseWhileClosing(app: FastifyInstance): void {
  let closing = false;
  app.addHook('preClose', async () => {
    closing = true;
  });
  app.addHook('onRequest', async () => {
    if (!closing) return;
    throw new HttpProblem(503, 'SHUTTING_DOWN', 'this server is shutting down', {
      headers: { 'retry-after': '1', connection: 'close' },
    });
  });
}
