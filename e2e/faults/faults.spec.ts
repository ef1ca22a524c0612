import { setTimeout as sleep } from 'node:timers/promises';
import { sizeOf } from '@undertone/platform/test-kit/soak';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { audit } from './audit.js';
import { faults } from './faults.js';
import { Ledger } from './ledger.js';
import { People } from './people.js';
import { type Ordered, Replays } from './replays.js';
import { findingsOf, longestJobsOf, tableOf } from './report.js';
import { System } from './system.js';

/** Of the import in the middle of which a worker is frozen; a history of many years has 150,000. */
const ROWS = sizeOf('FAULT_ROWS', { usual: 2_000, soak: 20_000 });
/** Words of the names of the faults that are to happen, separated by commas; absent: all happen. */
const NAMED = process.env.FAULTS?.split(',') ?? [];
const chosen = faults.filter(
  ({ name }) => NAMED.length === 0 || NAMED.some((words) => name.includes(words.trim())),
);
/** Between two people who come. */
const EVERY_MS = 1_000;
const QUIET_MS = 20_000;
/** After the fault is mended, people still come for so long. */
const AFTER_MS = 3_000;
/** What has not ended so long after the last person came is lost. */
const SETTLE_MS = 120_000;
const LONGEST_MS = 30 * 60_000;

let system: System;
beforeAll(async () => {
  system = await System.prepare();
});
afterAll(() => system?.stop());

it(
  'loses nothing and doubles nothing, whatever is frozen, killed, cut off or slow',
  async () => {
    const ledger = new Ledger();
    const people = new People(system.pairs.gateways);
    const replays = new Replays(people);
    const pace = { everyMs: EVERY_MS, settleMs: SETTLE_MS };

    const first = ledger.begin('started in any order, before the servers');
    await people.during(first, () => startBeforeServers(system), pace);
    const quiet = ledger.begin('quiet');
    await people.during(quiet, () => sleep(QUIET_MS), pace);
    const early = quiet.people.map(({ userId }) => userId);
    for (const fault of chosen) {
      console.log(`${new Date().toISOString()} ${fault.name}`);
      const chapter = ledger.begin(fault.name);
      const scene = { system, people, chapter, rows: ROWS };
      let replay: Ordered | undefined;
      const happening = async () => {
        if (fault.withReplay) replay = await replays.order(chapter, early);
        await fault.happen(scene).catch((error: unknown) => {
          chapter.lost.push(`the fault did not take its course: ${error}`);
        });
        await sleep(AFTER_MS);
      };
      await people.during(chapter, happening, pace);
      if (replay) await replays.completed(replay);
    }
    console.log(`${new Date().toISOString()} comparing`);
    await audit(system, ledger, replays.ordered);
    console.log(
      `\n${tableOf(ledger.chapters, quiet)}\n\nThe longest jobs\n${longestJobsOf(ledger.chapters)}`,
    );
    console.log(`Logs of the replicas: ${system.pairs.logs}`);
    if (system.pairs.restarts.length > 0)
      console.log(`Exited at their start:\n${system.pairs.restarts.join('\n')}`);
    expect(findingsOf(ledger.chapters)).toEqual([]);
  },
  LONGEST_MS,
);

/** Starts the replicas with the servers away, the gateways first; then the servers come, one after another. */
async function startBeforeServers(system: System): Promise<void> {
  await Promise.all(system.ways.map((way) => way.close()));
  const starting = Promise.all(system.pairs.all().map((replica) => system.pairs.start(replica)));
  for (const way of system.ways.toReversed()) {
    await sleep(1_500);
    await way.open();
  }
  await starting;
}
