import { registerByToken } from '@undertone/contracts/identity/rpc';
import { getInsight } from '@undertone/contracts/insight/rpc';
import { generateInsight } from '@undertone/contracts/jobs/generate-insight';
import { ingestListeningData } from '@undertone/contracts/jobs/ingest-listening-data';
import type { Task } from '@undertone/contracts/jobs/task';
import { routes } from '@undertone/contracts/rest/routes';
import { lendToken } from '@undertone/contracts/token/rpc';
import { requestJob } from '@undertone/platform/jobs/request-job';
import type { FastifyInstance } from 'fastify';
import type { GatewayDependencies } from '../dependencies.js';
import { queued } from '../http/queued.js';
import { type Call, serveRoute } from '../http/serve-route.js';
import { requestIngest } from '../listening/request-ingest.js';
import { HttpProblem } from '../problems/problem.js';
import { followTask } from '../tasks/follow-task.js';

/** The longest that a client may ask to wait, and what comes before and after it. */
const LONGEST_MS = 85_000;

/** What stands in the way of the person's own: Spotify takes their token no more. */
const ofTheToken: ReadonlySet<string> = new Set(['NOT_LINKED', 'RELINK_REQUIRED']);

/** The first version's call, which waits for an insight. A call that waits takes a place, as an open stream does. */
export function serveFirstVersion(app: FastifyInstance, dependencies: GatewayDependencies): void {
  const { rpc, store, users } = dependencies;

  /** A task's end; `undefined` where the wait is over before. */
  async function endOf(task_id: string, { caller }: Call, signal: AbortSignal): Promise<Task | undefined> {
    let last: Task | undefined;
    for await (const event of followTask(dependencies, task_id, { caller, lastEventId: undefined, signal })) {
      if (event) last = event.data as Task;
    }
    if (last?.status === 'SUCCESS') return last;
    if (last?.status === 'FAILURE' || last?.status === 'REVOKED') throw failed(last);
    return undefined;
  }

  serveRoute(
    app,
    routes.wellnessInsight,
    async ({ access_token, tone_mode, timeout }, call) => {
      const { caller, idempotencyKey, reply, request } = call;
      const until = Date.now() + timeout * 1000;
      app.streamPlaces.checkRoom(caller);
      const giveBack = app.streamPlaces.take(caller);
      const gone = new AbortController();
      reply.raw.once('close', () => gone.abort());
      // While it waits nothing comes over the connection.
      request.raw.setTimeout(LONGEST_MS);
      try {
        const asker = rpc(caller);
        const person = await asker.ask(registerByToken, { access_token });
        const { user_id } = person;
        users.remember(user_id, { timeZone: person.time_zone, toneMode: person.tone_mode });
        await asker.ask(lendToken, { user_id, access_token });

        const wanted = { user_id, time_range: 'medium_term' } as const;
        const { taskId: ingest } = await requestIngest(dependencies, wanted, idempotencyKey);
        const left = AbortSignal.timeout(Math.max(0, until - Date.now()));
        const signal = AbortSignal.any([left, gone.signal, app.followersEnd]);
        const ingested = await endOf(ingest, call, signal);
        if (!ingested) return { ...queued(ingest), status: 202, about: user_id };

        const { snapshot_id } = ingestListeningData.result.parse(ingested.result);
        const generation = await requestJob(store, generateInsight, {
          payload: {
            user_id,
            snapshot_id,
            insight_type: 'wellness',
            tone_mode: tone_mode ?? person.tone_mode ?? 'neutral',
            fresh: undefined,
          },
          lane: 'interactive',
          source: 'gateway',
          idempotencyKey: idempotencyKey && `after ${ingest}`,
        });
        const generated = await endOf(generation, call, signal);
        if (!generated) return { ...queued(generation), status: 202, about: user_id };
        const { insight_id } = generateInsight.result.parse(generated.result);
        const { insight } = await asker.ask(getInsight, { insight_id });
        if (!insight) throw new HttpProblem('TASK_FAILED', 'the insight is gone: it was erased meanwhile');
        return { body: insight, about: user_id };
      } finally {
        giveBack();
      }
    },
    { longestMs: LONGEST_MS },
  );
}

function failed({ task_id, error, status }: Task): HttpProblem {
  const headers = { location: `/api/tasks/${task_id}` };
  if (error && ofTheToken.has(error.code)) {
    return new HttpProblem('RELINK_REQUIRED', error.message, { headers });
  }
  const why = status === 'REVOKED' ? 'it was cancelled' : `${error?.code}: ${error?.message}`;
  return new HttpProblem('TASK_FAILED', why, { headers });
}
