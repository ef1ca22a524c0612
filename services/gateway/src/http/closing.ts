import type { FastifyInstance } from 'fastify';
import { HttpProblem } from '../problems/problem.js';

/** While the server closes, what runs is ended and new work is sent elsewhere. */
export function refuseWhileClosing(app: FastifyInstance): void {
  let closing = false;
  app.addHook('preClose', async () => {
    closing = true;
  });
  app.addHook('onRequest', async () => {
    if (!closing) return;
    throw new HttpProblem('SHUTTING_DOWN', 'this server is shutting down', {
      headers: { 'retry-after': '1' },
    });
  });
  // A connection that stays open would hold the server until the client lets go of it.
  app.addHook('onSend', async (_request, reply) => {
    if (closing) reply.header('connection', 'close');
  });
}
