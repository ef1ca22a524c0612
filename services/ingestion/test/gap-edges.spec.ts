import { listHistory } from '@undertone/contracts/listening/history';
import { listTrends } from '@undertone/contracts/listening/trends';
import { newId } from '@undertone/platform/ids/ids';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Harness, startHarness } from './harness.js';
import { recordGap } from './recorded-gap.js';

describe('a gap that ends where a day begins', () => {
  const user_id = newId();
  // From the first moment of 10 March to the first one of 13 March.
  const gap = { after: '2026-03-10T00:00:00.000Z', before: '2026-03-13T00:00:00.000Z' };
  const plays = [gap.before, gap.after, '2026-03-09T12:00:00.000Z'];
  let harness: Harness;
  beforeAll(async () => {
    harness = await startHarness();
    const told = plays.map((played_at) => ({ track_id: 'a', played_at }));
    await recordGap(harness, user_id, gap, told);
  });
  afterAll(() => harness.stop());

  it('marks the days that it has a part of, and none that it only touches', async () => {
    const question = { user_id, bucket: 'day', time_zone: 'UTC', limit: 50 } as const;
    const { items } = await harness.rpc.ask(listTrends, {
      ...question,
      from: '2026-03-09',
      to: '2026-03-13',
    });
    expect(items.map(({ from, possible_gap }) => [from, possible_gap])).toEqual([
      ['2026-03-13', undefined],
      ['2026-03-12', true],
      ['2026-03-11', true],
      ['2026-03-10', true],
      ['2026-03-09', undefined],
    ]);
  });

  it('is told of in no period that it only touches', async () => {
    const marks = async (from: string, to: string) => {
      const { items } = await harness.rpc.ask(listHistory, {
        user_id,
        from,
        to,
        time_zone: 'UTC',
        limit: 50,
      });
      return items.map((play) => [play.played_at, play.possible_gap_since, play.possible_gap_until]);
    };
    expect(await marks('2026-03-13', '2026-03-20')).toEqual([[gap.before, undefined, undefined]]);
    expect(await marks('2026-03-01', '2026-03-09')).toEqual([[plays[2], undefined, undefined]]);
    expect(await marks('2026-03-01', '2026-03-20')).toEqual([
      [gap.before, gap.after, undefined],
      [gap.after, undefined, gap.before],
      [plays[2], undefined, undefined],
    ]);
  });
});
