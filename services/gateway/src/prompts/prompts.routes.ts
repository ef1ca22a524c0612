import {
  getPrompt,
  listPrompts,
  movePromptLabel,
  publishPrompt,
  reportOnPrompt,
  startExperiment,
  stopExperiment,
} from '@undertone/contracts/prompt/rpc';
import { routes } from '@undertone/contracts/rest/routes';
import type { FastifyInstance } from 'fastify';
import type { GatewayDependencies } from '../dependencies.js';
import { serveRoute } from '../http/serve-route.js';

/** Whose the idempotency keys of admin routes are. */
const OPERATOR = 'operator';

/** What operators do with prompts: answered by the insight service. */
export function servePrompts(app: FastifyInstance, { rpc, writeKeys }: GatewayDependencies): void {
  serveRoute(app, routes.publishPrompt, async (draft, { idempotencyKey }) => {
    await writeKeys.claim(routes.publishPrompt.id, OPERATOR, idempotencyKey, draft);
    return { body: await rpc.ask(publishPrompt, draft) };
  });

  serveRoute(app, routes.listPrompts, async () => {
    const { prompts } = await rpc.ask(listPrompts, {});
    return { body: prompts };
  });

  serveRoute(app, routes.getPrompt, async (query) => ({ body: await rpc.ask(getPrompt, query) }));

  serveRoute(app, routes.movePromptLabel, async (change, { idempotencyKey }) => {
    await writeKeys.claim(routes.movePromptLabel.id, OPERATOR, idempotencyKey, change);
    return { body: await rpc.ask(movePromptLabel, { ...change, idempotency_key: idempotencyKey }) };
  });

  serveRoute(app, routes.startPromptExperiment, async (draft, { idempotencyKey }) => {
    await writeKeys.claim(routes.startPromptExperiment.id, OPERATOR, idempotencyKey, draft);
    return { body: await rpc.ask(startExperiment, { ...draft, idempotency_key: idempotencyKey }) };
  });

  serveRoute(app, routes.stopPromptExperiment, async (query) => ({
    body: await rpc.ask(stopExperiment, query),
  }));

  serveRoute(app, routes.reportOnPrompt, async (query) => ({ body: await rpc.ask(reportOnPrompt, query) }));
}
