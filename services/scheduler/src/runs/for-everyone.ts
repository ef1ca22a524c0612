import { setTimeout as sleep } from 'node:timers/promises';
import { listUsers } from '@undertone/contracts/identity/rpc';
import type { JobDefinition } from '@undertone/contracts/jobs/job';
import type { PersonalRun } from '@undertone/contracts/jobs/scheduled-run';
import { streams } from '@undertone/contracts/streams';
import { anyJobFilter } from '@undertone/contracts/subjects';
import type { EventStore } from '@undertone/platform/event-store/event-store';
import { derivedId } from '@undertone/platform/ids/ids';
import type { JobContext } from '@undertone/platform/jobs/job-handler';
import type { RpcClient } from '@undertone/platform/rpc/rpc-client';

/** People of whom identity is asked at once. */
const PAGE = 500;
/** Requests that wait for the log's confirmation at once. None is sent before the one so far ahead of it is confirmed. */
const AT_ONCE = 64;

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
  readonly jobId: string;
  send(): Promise<unknown>;
}

/** The id of a person's job in a run: the same in each run of a period, and else the run's own. */
export const personalJobId = (
  { type }: Pick<JobDefinition, 'type'>,
  { jobId, payload }: Pick<JobContext<PersonalRun>, 'jobId' | 'payload'>,
  ...whose: readonly [userId: string, ...more: string[]]
): string =>
  payload.period === undefined ? derivedId(jobId, ...whose) : derivedId(type, payload.period, ...whose);

interface Page {
  readonly people: number;
  readonly total: number;
  readonly requests: readonly Request[];
  readonly after: string | undefined;
}

/** What a run uses. */
export interface RunDependencies {
  readonly store: EventStore;
  readonly rpc: RpcClient;
  /** From the request of a run, over which its pages are spread; absent: they are sent one after another. */
  readonly windowMs?: number;
}

/**
 * Walks through all users, or those whose run it is, in the order of their ids, with a page or two of them in memory, and sends what each is to have. Ids of
 * what it sends follow from the run, so each is requested once, however often the run is done; done again, it leaves out the pages that
 * were sent before.
 */
export async function forEveryone(
  { store, rpc, windowMs = 0 }: RunDependencies,
  run: Pick<JobContext<PersonalRun>, 'jobId' | 'signal' | 'progress' | 'requestedAt' | 'payload'>,
  requestsOf: (userIds: string[]) => Promise<Request[]>,
): Promise<Requested> {
  const read = async (after: string | undefined): Promise<Page> => {
    const question = { limit: PAGE, of: run.payload.of, ...(after && { after }) };
    const { user_ids, total = 0 } = await rpc.ask(listUsers, question);
    const next = user_ids.length < PAGE ? undefined : user_ids.at(-1);
    return { people: user_ids.length, total, requests: await requestsOf(user_ids), after: next };
  };
  const { signal } = run;
  const window = new Window();
  let [seen, people, requested, total] = [0, 0, 0, 0];
  let mayBeSent = true;
  let ahead: Page | undefined;
  for (let after: string | undefined; ; ) {
    await until(run.requestedAt.getTime() + (windowMs * seen) / Math.max(total, 1), signal);
    const page: Page = ahead ?? (await read(after));
    ahead = mayBeSent && page.after ? await read(page.after) : undefined;
    mayBeSent &&= await wasReached(store, run.jobId, ahead);
    for (const { send } of mayBeSent ? [] : page.requests) {
      signal.throwIfAborted();
      await window.put(send);
    }
    total = page.total || total;
    seen += page.people;
    people += new Set(page.requests.map(({ userId }) => userId)).size;
    requested += page.requests.length;
    run.progress({
      percent: Math.min(99, Math.round((100 * seen) / Math.max(total, seen, 1))),
      message: `${seen} of ${total} people seen, ${requested} jobs requested`,
    });
    after = page.after;
    if (!after) break;
  }
  await window.drain();
  return { people, requested };
}

/**
 * Whether an earlier try of the run came to the end of a page. It then had all confirmed that is `AT_ONCE` before that, and so all before
 * the page: it has more requests, though people may have come and gone since.
 */
async function wasReached(store: EventStore, runId: string, page: Page | undefined): Promise<boolean> {
  const { requests = [] } = page ?? {};
  const last = requests.at(-1);
  if (!last || requests.length < 2 * AT_ONCE) return false;
  const [requested] = await store.readFiltered(streams.JOBS.name, anyJobFilter(last.jobId));
  return requested?.causationId === runId;
}

async function until(time: number, signal: AbortSignal): Promise<void> {
  const ms = time - Date.now();
  if (ms <= 0) return;
  await sleep(ms, undefined, { signal }).catch(() => signal.throwIfAborted());
}

/** Requests that are under way, confirmed in the order in which they were sent. */
class Window {
  private readonly underWay: Promise<unknown>[] = [];

  /** Sends one more, once there is room. @throws what came of one before it. */
  async put(send: () => Promise<unknown>): Promise<void> {
    if (this.underWay.length === AT_ONCE) await this.underWay.shift();
    const sent = send();
    // Whoever waits for an earlier one that failed waits for this one no more.
    sent.catch(() => undefined);
    this.underWay.push(sent);
  }

  async drain(): Promise<void> {
    await Promise.all(this.underWay);
  }
}
