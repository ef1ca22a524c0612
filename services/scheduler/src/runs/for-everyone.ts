import { listUsers } from '@undertone/contracts/identity/rpc';
import type { JobDefinition } from '@undertone/contracts/jobs/job';
import type { PersonalRun } from '@undertone/contracts/jobs/scheduled-run';
import { derivedId } from '@undertone/platform/ids/ids';
import type { JobContext } from '@undertone/platform/jobs/job-handler';
import type { RpcClient } from '@undertone/platform/rpc/rpc-client';

/** People of whom identity is asked at once. */
const PAGE = 500;
/** Requests that wait for the log's confirmation at once. */
const AT_ONCE = 32;

/** What a run has come to. */
export interface Requested {
  /** People for whom something was requested. */
  readonly people: number;
  /** Jobs that were requested for them, by this try or by one before it. */
  readonly requested: number;
}

/** One job that somebody is to have. */
export interface Request {
  readonly userId: string;
  send(): Promise<unknown>;
}

/** The id of a person's job in a run: the same in each run of a period, and else the run's own. */
export const personalJobId = (
  { type }: Pick<JobDefinition, 'type'>,
  { jobId, payload }: Pick<JobContext<PersonalRun>, 'jobId' | 'payload'>,
  ...whose: readonly [userId: string, ...more: string[]]
): string =>
  payload.period === undefined ? derivedId(jobId, ...whose) : derivedId(type, payload.period, ...whose);

/**
 * Walks through all users, or those whose run it is, with one page of them in memory, and sends what each is to have. A run that is done again walks
 * from the beginning: what it sends has ids that follow from the run, so that it is requested once.
 */
export async function forEveryone(
  rpc: RpcClient,
  { signal, progress, payload }: Pick<JobContext<PersonalRun>, 'signal' | 'progress' | 'payload'>,
  requestsOf: (userIds: string[]) => Promise<Request[]>,
): Promise<Requested> {
  let [seen, people, requested, total] = [0, 0, 0, 0];
  for (let after: string | undefined; ; ) {
    signal.throwIfAborted();
    const page = await rpc.ask(listUsers, { limit: PAGE, of: payload.of, ...(after && { after }) });
    total = page.total ?? total;
    const requests = await requestsOf(page.user_ids);
    for (let at = 0; at < requests.length; at += AT_ONCE) {
      signal.throwIfAborted();
      await Promise.all(requests.slice(at, at + AT_ONCE).map((request) => request.send()));
    }
    seen += page.user_ids.length;
    people += new Set(requests.map(({ userId }) => userId)).size;
    requested += requests.length;
    progress({
      percent: Math.min(99, Math.round((100 * seen) / Math.max(total, seen, 1))),
      message: `${seen} of ${total} people seen, ${requested} jobs requested`,
    });
    after = page.user_ids.at(-1);
    if (page.user_ids.length < PAGE) return { people, requested };
  }
}
