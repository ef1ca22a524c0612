import { newId } from '@undertone/platform/ids/ids';
import { PostponedJobError } from '@undertone/platform/jobs/job-errors';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Reservation, WaitingJob } from '../src/provider-calls/reservation.js';
import { CallBudgets, PATIENT_MS, postponed, spend } from './call-budgets.js';

describe('a budget of calls of those who wait', () => {
  let budgets: CallBudgets;
  beforeAll(async () => {
    budgets = await CallBudgets.start();
  });
  afterAll(() => budgets?.stop());
  const budget = (...of: Parameters<CallBudgets['of']>) => budgets.of(...of);

  /** Late by a second they are still waited for, on a busy machine. */
  const sizes = { limit: 30, ms: 6_000 };
  let asked = 0;
  beforeEach(() => {
    asked = Date.now() - 60_000;
  });
  /** Somebody who asks after all before. */
  const somebody = (): WaitingJob => {
    asked += 1;
    return { id: newId(), since: new Date(asked) };
  };
  const turnOf = async (refused: Promise<unknown>) => (await postponed(refused)).resumeAt.getTime();
  const come = (turn: number) => eventually('the turn has come', () => Date.now() >= turn);

  it('holds what is free for those who came first, also where they want more at once', async () => {
    const shared = budget(newId(), sizes);
    const taking = (calls: number, job: WaitingJob) => shared.take(calls, 'interactive', job);
    await spend(shared);
    const [first, second] = [somebody(), somebody()];
    await turnOf(taking(4, first));
    const turn = await turnOf(taking(2, second));
    await come(turn);
    for (let newcomers = 0; newcomers < 30; newcomers += 1) await postponed(taking(1, somebody()));
    expect((await taking(4, first)).left).toBe(4);
    expect((await taking(2, second)).left).toBe(2);
  });

  it('has who finds too few at its turn come when enough are free, not at the end of the queue', async () => {
    const ms = 6_000;
    /** @returns nothing where a busy machine took so long that the calls of whoever came before have lapsed. */
    const tried = async () => {
      const shared = budget(newId(), { limit: 10, ms });
      const taking = (calls: number, job: WaitingJob) => shared.take(calls, 'interactive', job);
      const before = somebody();
      await spend(shared);
      const waiting = somebody();
      await come(await turnOf(taking(2, waiting)));
      const since = Date.now();
      await taking(9, before);
      const asked = Array.from({ length: 8 }, () => postponed(taking(1, somebody())));
      const turns = Promise.all(asked).then(async () => {
        const again = await turnOf(taking(2, waiting));
        return { again, next: await turnOf(taking(1, somebody())) };
      });
      const found = await turns.catch((error: unknown) => error);
      if (Date.now() - since >= ms) return false;
      if (found instanceof Error) throw found;
      return { ...(await turns), take: () => taking(2, waiting) };
    };
    const { again, next, take } = await eventually('it was tried in time', tried, 60_000);
    expect(again).toBeLessThan(next);
    await come(again);
    expect((await take()).left).toBe(2);
  });

  it('takes a job with work begun before those who came after it', async () => {
    const shared = budget(newId(), sizes);
    const [begun, later] = [somebody(), somebody()];
    await shared.take(1, 'interactive', begun);
    await spend(shared);
    await postponed(shared.take(30, 'interactive', later));
    const turn = await turnOf(shared.take(2, 'interactive', begun));
    await come(turn);
    await postponed(shared.take(30, 'interactive', later));
    expect((await shared.take(2, 'interactive', begun)).left).toBe(2);
  });

  it('holds nothing for long for those who never come, and nothing for the other lane', async () => {
    const shared = budget(newId(), { limit: 10, ms: 1_000 });
    await spend(shared);
    const gone = (lane: 'interactive' | 'bulk') => shared.take(2, lane, somebody()).catch(() => undefined);
    for (let asks = 0; asks < 40; asks += 1) await gone('interactive');
    for (let asks = 0; asks < 200; asks += 1) await gone('bulk');
    const newcomer = somebody();
    await eventually('a newcomer can have all', () =>
      shared.take(10, 'interactive', newcomer).catch(() => false),
    );
  });

  it('is served in the order of asking, and overtaken by no newcomers, however many come', async () => {
    const shared = budget(newId(), sizes);
    await spend(shared);
    const first = Array.from({ length: 15 }, somebody);
    const done: WaitingJob[] = [];
    const areDone = () => first.every((job) => done.includes(job));
    const use = async (reservation: Reservation): Promise<void> => {
      while (reservation.left > 0) await shared.use(reservation);
    };
    const taken = async (calls: number, job: WaitingJob): Promise<void> => {
      while (!areDone()) {
        const reservation = await shared.take(calls, 'interactive', job).catch((error: unknown) => error);
        if (reservation instanceof PostponedJobError) {
          const turn = reservation.resumeAt.getTime();
          await eventually('the turn has come', () => areDone() || Date.now() >= turn, PATIENT_MS * 3);
        } else return use(reservation as Reservation);
      }
    };
    /** As an ingest does: one call, then two more. */
    const ingest = async (job: WaitingJob): Promise<void> => {
      await taken(1, job);
      await taken(2, job);
      if (!areDone()) done.push(job);
    };
    const asking = first.map(ingest);
    const allDone = async () => {
      // Many more than there are calls for.
      asking.push(ingest(somebody()));
      return areDone();
    };
    await eventually('those who waited are done', allDone, 45_000);
    await Promise.all(asking);
    const places = done.map((job) => first.indexOf(job));
    expect(places.filter((place) => place < 0).length).toBeLessThanOrEqual(1);
    for (const [at, place] of places.filter((known) => known >= 0).entries()) {
      expect(Math.abs(place - at)).toBeLessThanOrEqual(3);
    }
  }, 60_000);
});
