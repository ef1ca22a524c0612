import { type LlmSimulator, startLlmSimulator } from '@undertone/simulators/llm/server';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Harness, startHarness } from './harness.js';
import { Person } from './people.js';

const PEOPLE = 200;
const DAYS = 7;
/** Of these everything is written anew, to count what a week takes without reuse. */
const SAMPLE = 20;

let simulator: LlmSimulator;
let harness: Harness;
beforeAll(async () => {
  simulator = await startLlmSimulator();
  harness = await startHarness({
    INSIGHT_ENGINE: 'openai',
    OPENAI_BASE_URL: `${simulator.url}/v1`,
    OPENAI_API_KEY: 'test-key',
    LLM_MODEL: 'undertone-sim-1',
    BULK_SLOTS: '24',
  });
});
afterAll(async () => {
  await harness.stop();
  await simulator.close();
});

/** Calls of the model for a week of scheduled insights, one a person and day. */
async function callsOfAWeek(count: number, fresh: boolean): Promise<{ calls: number; reused: number }> {
  simulator.calls.reset();
  const people = Array.from({ length: count }, (_, seed) => new Person(seed));
  let reused = 0;
  for (let day = 1; day <= DAYS; day += 1) {
    const snapshots = people.map((person) => person.day(`2026-11-0${day}`));
    const results = await harness.generateAll(
      snapshots.map((snapshot) => ({ snapshotId: harness.keep(snapshot), userId: snapshot.user_id, fresh })),
    );
    reused += results.filter((result) => result.reused).length;
  }
  return { calls: simulator.calls.summary().routes['POST /v1/chat/completions']?.calls ?? 0, reused };
}

it('a week of scheduled insights for 200 people asks the model at least 80 % less often than without reuse', async () => {
  const sample = await callsOfAWeek(SAMPLE, true);
  const withReuse = await callsOfAWeek(PEOPLE, false);
  const without = (sample.calls * PEOPLE) / SAMPLE;
  const saved = 1 - withReuse.calls / without;
  console.info(
    `${PEOPLE} people, ${DAYS} days: ${without} calls without reuse (${sample.calls} counted for ${SAMPLE} people), ${withReuse.calls} with it, ${(saved * 100).toFixed(1)} % fewer`,
  );
  expect(sample).toEqual({ calls: SAMPLE * DAYS, reused: 0 });
  expect(withReuse.reused).toBe(PEOPLE * DAYS - withReuse.calls);
  expect(saved).toBeGreaterThanOrEqual(0.8);
}, 240_000);
