import { listeningEpoch, playsGroup, topField, trendsField } from '@undertone/contracts/listening/cache-keys';
import { listHistory } from '@undertone/contracts/listening/history';
import { listTop, topPage } from '@undertone/contracts/listening/top';
import { listTrends, trendPage } from '@undertone/contracts/listening/trends';
import { routes } from '@undertone/contracts/rest/routes';
import type { FastifyInstance } from 'fastify';
import type { GatewayDependencies } from '../dependencies.js';
import { nextPage } from '../http/next-page.js';
import { serveRoute } from '../http/serve-route.js';

/**
 * Plays, and what is counted over them, by the days of the person's time zone. The zone is part of the question, so the
 * pages of one list are all of one zone.
 */
export function serveHistory(app: FastifyInstance, { cache, rpc, users }: GatewayDependencies): void {
  const zoned = async <Q extends { user_id: string; time_zone?: string | undefined }>(query: Q) => {
    const { timeZone } = await users.mustExist(query.user_id);
    return { ...query, time_zone: query.time_zone ?? timeZone ?? 'UTC' };
  };

  serveRoute(app, routes.listHistory, async (query, { caller }) => {
    const question = await zoned(query);
    const page = await rpc(caller).ask(listHistory, question);
    return { body: page.items, headers: nextPage(routes.listHistory.path, question, page.next) };
  });

  serveRoute(app, routes.listTrends, async (query, { caller }) => {
    const question = await zoned(query);
    const page =
      (await cache.read(playsGroup(question.user_id), trendsField(question), trendPage, listeningEpoch)) ??
      (await rpc(caller).ask(listTrends, question));
    return { body: page.items, headers: nextPage(routes.listTrends.path, question, page.next) };
  });

  serveRoute(app, routes.listTop, async (query, { caller }) => {
    const question = await zoned(query);
    const page =
      (await cache.read(playsGroup(question.user_id), topField(question), topPage, listeningEpoch)) ??
      (await rpc(caller).ask(listTop, question));
    return { body: page.items, headers: nextPage(routes.listTop.path, question, page.next) };
  });
}
