import { getInsight } from '@undertone/contracts/insight/rpc';
import type { Snapshot } from '@undertone/contracts/listening/snapshot';
import { inventedSnapshot } from '@undertone/contracts/test-kit/invented-snapshot';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { markupIn } from '../src/insight-text/markup.js';
import { hostileNames } from './hostile/hostile-names.js';
import { type ModelHarness, startModelHarness } from './model-harness.js';

const named = (names: readonly (string | null)[], change: Partial<Snapshot> = {}) =>
  inventedSnapshot({
    source: 'export',
    top_artists: names.map((name, at) => ({ artist_id: `a${at}`, name, track_count: 1, play_count: 9 })),
    ...change,
  });

/** In fives, as many as a text may name. */
const fives = hostileNames.flatMap((_, at) => (at % 5 === 0 ? [hostileNames.slice(at, at + 5)] : []));

describe('names of artists', () => {
  let running: ModelHarness;
  let simulator: ModelHarness['simulator'];
  let harness: ModelHarness['harness'];
  beforeAll(async () => {
    running = await startModelHarness();
    ({ simulator, harness } = running);
  });
  afterAll(() => running.stop());
  afterEach(() => simulator.clearFaults());

  const roast = async (snapshot: Snapshot, allow_names?: boolean) => {
    const { task } = await harness.generate(harness.keep(snapshot), snapshot.user_id, 'playful', 'roast', {
      allow_names,
    });
    const events = await harness.written(snapshot.user_id);
    const id = task.result?.insight_id;
    const { insight } = id
      ? await harness.rpc.ask(getInsight, { insight_id: String(id) })
      : { insight: null };
    return { task, log: JSON.stringify(events), insight };
  };
  const says = (body: string) => {
    const text = { title: 'A roast', body, highlights: [{ metric: 'coverage', text: 'Some is known.' }] };
    simulator.addFault({ kind: 'says', content: JSON.stringify(text) });
  };
  const body =
    'Your music sounded as if Quiet Tram had moved in, and Mira Valdéz had brought the sofa along with them.';

  it('are kept as places in the log, and come back when the insight is read', async () => {
    says(body);
    const { task, log, insight } = await roast(named(['Quiet Tram', null, 'Mira Valdéz']), true);
    expect(task.status).toBe('SUCCESS');
    expect(insight?.structured_output.body).toBe(body);
    expect(insight?.content).toContain(body);
    expect(log).toContain('as if {artist_1} had moved in, and {artist_3} had');
    expect(log).not.toMatch(/Quiet Tram|Valdéz/);
  });

  it.each([
    ['were not allowed', named(['Quiet Tram', 'Mira Valdéz']), undefined],
    [
      'are of a provider, not of an import',
      named(['Quiet Tram', 'Mira Valdéz'], { source: 'spotify' }),
      true,
    ],
    ['are others than those given', named(['Ohm & Sons']), true],
  ])('are refused where they %s', async (_where, snapshot, allowed) => {
    says(body);
    const { task, log } = await roast(snapshot, allowed);
    expect(task).toMatchObject({ status: 'FAILURE', error: { code: 'LLM_ANSWER_REJECTED' } });
    expect(task.error?.message).toContain('names what was not given');
    expect(log).toBe('[]');
  });

  it('that are allowed and not there are said to be missing, by the service and not by the model', async () => {
    const noted = async (snapshot: Snapshot, allowed?: boolean) =>
      (await roast(snapshot, allowed)).insight?.content.match(/No artist is named here: .+/)?.[0];
    expect(await noted(named([null]), true)).toMatch(/this snapshot has no names/);
    expect(await noted(named(['Quiet Tram'], { source: 'spotify' }), true)).toMatch(/a data export alone/);
    expect(await noted(named(['Quiet Tram']), true)).toBeUndefined();
    expect(await noted(named([null]))).toBeUndefined();
  });

  it('that ingestion has forgotten are not shown', async () => {
    says(body);
    const snapshot = named(['Quiet Tram', null, 'Mira Valdéz']);
    const { task } = await harness.generate(harness.keep(snapshot), snapshot.user_id, 'playful', 'roast', {
      allow_names: true,
    });
    harness.keep({ ...snapshot, top_artists: [] });
    const { insight } = await harness.rpc.ask(getInsight, { insight_id: String(task.result?.insight_id) });
    expect(insight?.structured_output.body).toContain('as if an artist had moved in');
  });

  it.each(fives)('that are hostile change nothing: %.60j …', async (...names) => {
    const { task, log, insight } = await roast(named(names), true);
    expect(task.status).toBe('SUCCESS');
    for (const name of names) expect(log).not.toContain(JSON.stringify(name).slice(1, -1));
    expect(markupIn(insight?.content.replace(/^[•→] /gm, '') ?? '')).toEqual([]);
  });
});
