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
import { nextPage } from '../http/next-page.js';
import { serveRoute } from '../http/serve-route.js';

/** What operators do with prompts: answered by the insight service. */
export function servePrompts(app: FastifyInstance, { rpc }: GatewayDependencies): void {
  serveRoute(app, routes.publishPrompt, async (draft, { caller }) => {
    return { body: await rpc(caller).ask(publishPrompt, draft) };
  });

  serveRoute(app, routes.listPrompts, async (_nothing, { caller }) => {
    const { prompts } = await rpc(caller).ask(listPrompts, {});
    return { body: prompts };
  });

  serveRoute(app, routes.getPrompt, async (query, { caller }) => {
    const { next, ...body } = await rpc(caller).ask(getPrompt, query);
    const path = routes.getPrompt.path.replace('{name}', query.name);
    return { body, headers: nextPage(path, {}, next ?? null) };
  });

  serveRoute(app, routes.movePromptLabel, async (change, { caller, idempotencyKey }) => {
    return { body: await rpc(caller).ask(movePromptLabel, { ...change, idempotency_key: idempotencyKey }) };
  });

  serveRoute(app, routes.startPromptExperiment, async (draft, { caller, idempotencyKey }) => {
    return { body: await rpc(caller).ask(startExperiment, { ...draft, idempotency_key: idempotencyKey }) };
  });

  serveRoute(app, routes.stopPromptExperiment, async (query, { caller }) => ({
    body: await rpc(caller).ask(stopExperiment, query),
  }));

  serveRoute(app, routes.reportOnPrompt, async (query, { caller }) => ({
    body: await rpc(caller).ask(reportOnPrompt, query),
  }));
}
