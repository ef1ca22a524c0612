import { callerName, owns } from '@undertone/contracts/access/principal';
import {
  insightField,
  insightGroup,
  insightsEpoch,
  insightsField,
  insightsGroup,
} from '@undertone/contracts/insight/cache-keys';
import { insight as insightSchema } from '@undertone/contracts/insight/insight';
import {
  getInsight,
  giveFeedback,
  insightPage,
  listInsights,
  listModels,
} from '@undertone/contracts/insight/rpc';
import { generateInsight } from '@undertone/contracts/jobs/generate-insight';
import { getSnapshot } from '@undertone/contracts/listening/rpc';
import { routes } from '@undertone/contracts/rest/routes';
import { requestJob } from '@undertone/platform/jobs/request-job';
import type { FastifyInstance } from 'fastify';
import type { GatewayDependencies } from '../dependencies.js';
import { nextPage } from '../http/next-page.js';
import { queued } from '../http/queued.js';
import { serveRoute } from '../http/serve-route.js';
import { HttpProblem } from '../problems/problem.js';
import { taskOfAnyTone } from './same-request.js';

/** Asking for an insight, which is a job, and reading insights, from the cache where they are in it. */
export function serveInsights(
  app: FastifyInstance,
  { cache, rpc, store, users, writeKeys }: GatewayDependencies,
): void {
  serveRoute(app, routes.generateInsight, async (input, { caller, idempotencyKey }) => {
    const { snapshot } = await rpc(caller).ask(getSnapshot, { snapshot_id: input.snapshot_id });
    if (!snapshot) throw new HttpProblem('SNAPSHOT_NOT_FOUND', 'there is no such snapshot');
    const tone_mode = input.tone_mode ?? (await users.find(snapshot.user_id))?.toneMode ?? 'neutral';
    const payload = { user_id: snapshot.user_id, ...input, tone_mode };
    const request = { payload, lane: 'interactive', source: 'gateway', idempotencyKey } as const;
    try {
      return queued(await requestJob(store, generateInsight, request));
    } catch (error) {
      const earlier = input.tone_mode === undefined && taskOfAnyTone(error, payload);
      if (earlier) return queued(earlier);
      throw error;
    }
  });

  serveRoute(app, routes.listInsights, async (query, { caller }) => {
    const page =
      (await cache.read(insightsGroup(query.user_id), insightsField(query), insightPage, insightsEpoch)) ??
      (await rpc(caller).ask(listInsights, query));
    const { user_id, ...search } = query;
    const path = routes.listInsights.path.replace('{user_id}', user_id);
    return { body: page.items, headers: nextPage(path, search, page.next) };
  });

  serveRoute(app, routes.getInsight, async ({ insight_id }, { caller }) => {
    const cached = await cache.read(insightGroup(insight_id), insightField, insightSchema);
    const insight = cached ?? (await rpc(caller).ask(getInsight, { insight_id })).insight;
    if (!insight || !owns(caller, insight.user_id)) {
      throw new HttpProblem('INSIGHT_NOT_FOUND', 'there is no such insight');
    }
    return { body: insight };
  });

  serveRoute(app, routes.listModels, async (_nothing, { caller }) => ({
    body: await rpc(caller).ask(listModels, {}),
  }));
  serveRoute(app, routes.giveFeedback, async (said, { caller, idempotencyKey }) => {
    const write = {
      route: routes.giveFeedback.id,
      caller: `${callerName(caller)} ${said.insight_id}`,
      key: idempotencyKey,
      input: said,
    };
    const give = () => rpc(caller).ask(giveFeedback, { ...said, idempotency_key: idempotencyKey });
    // What was said since then stays.
    return { body: await writeKeys.once(write, give, async () => said) };
  });
}
