import { JobProgressed } from '@undertone/contracts/jobs/job';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EventStore } from '../src/event-store/event-store.js';
import { eventually } from '../src/test-kit/eventually.js';
import { gate } from './fixtures/child.js';
import { JobLane } from './fixtures/job-lane.js';

describe('what a job records', () => {
  let lane: JobLane;
  beforeAll(async () => {
    lane = await JobLane.open();
  });
  afterAll(() => lane?.close());

  /** The log, which takes progress only when the gate is open. */
  function holdingProgress(held: { opened: Promise<void> }): { store: EventStore; isHeld: () => boolean } {
    let isHeld = false;
    const append: EventStore['append'] = async (aggregate, event, expected) => {
      if (event.definition.type === JobProgressed.type) {
        isHeld = true;
        await held.opened;
      }
      return lane.store.append(aggregate, event, expected);
    };
    return {
      store: Object.assign(Object.create(lane.store) as EventStore, { append }),
      isHeld: () => isHeld,
    };
  }

  it('is written one after another: progress that is slow to be recorded comes before the end', async () => {
    const [slow, other] = [await lane.ask('slow'), await lane.ask('other')];
    const consumer = await lane.consumer([slow, other]);
    const held = gate();
    const returned = gate();
    const { store, isHeld } = holdingProgress(held);
    const handle = async ({ payload, progress }: Parameters<Parameters<JobLane['work']>[1]>[0]) => {
      if (payload.text === 'slow') {
        progress({ percent: 50, message: 'half' });
        returned.open();
      } else {
        await returned.opened;
      }
      return { echo: payload.text };
    };
    lane.work(consumer, handle, { store, slots: 2 });
    await eventually('its progress is held back', isHeld);
    // The end of a job that ended later is in the log by now, so this one's would be.
    await eventually('another job ends', async () => (await lane.story(other)).at(-1) === 'succeeded');
    expect(await lane.story(slow)).toEqual(['requested', 'started 1']);
    held.open();
    expect(await lane.ended(consumer, slow)).toEqual(['requested', 'started 1', 'progressed 1', 'succeeded']);
  });
});
