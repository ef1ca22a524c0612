import { MikroORM } from '@mikro-orm/postgresql';
import { getPrompt, movePromptLabel, publishPrompt, reportOnPrompt } from '@undertone/contracts/prompt/rpc';
import { replayOrder } from '@undertone/contracts/replay/replay';
import { listReplays } from '@undertone/contracts/replay/rpc';
import { newId } from '@undertone/platform/ids/ids';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GenerationFailure } from '../src/generation/generation-failure.entity.js';
import { Replay } from '../src/replays/replay.entity.js';
import { type Harness, startHarness } from './harness.js';

const name = 'wellness';
const at = (n: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, n));

describe('what has grown for years is told in answers of bounded size:', () => {
  let harness: Harness;
  beforeAll(async () => {
    harness = await startHarness();
    await eventually('the shipped version is published', () => harness.rpc.ask(getPrompt, { name }));
  });
  afterAll(() => harness?.stop());

  const em = () => harness.service.get<MikroORM>(MikroORM).em.fork();

  it('replays, page by page', async () => {
    const ids = Array.from({ length: 130 }, newId).sort();
    const filter = { user_ids: Array.from({ length: 1_000 }, newId) };
    const order = replayOrder.parse({ insight_type: name, prompt_version: 'wellness-v1', filter });
    await em().insertMany(
      Replay,
      ids.map((id, n) => ({
        id,
        order: {
          ...order,
          replay_id: id,
          prompt_number: 1,
          // Two at each moment.
          requested_at: at(n >> 1).toISOString(),
        },
        status: 'cancelled',
        phase: 'rest',
        round: 1,
        budget: {},
        requestedAt: at(n >> 1),
        rolledBack: false,
      })),
    );
    const found: string[] = [];
    let pages = 0;
    for (let cursor: string | undefined; ; pages += 1) {
      const { replays, next } = await harness.rpc.ask(listReplays, { ...(cursor && { cursor }) });
      found.push(...replays.map(({ id }) => id));
      if (!next) break;
      cursor = next;
    }
    expect(pages).toBeGreaterThan(1);
    expect(found).toEqual(ids.reverse());
  });

  it('the moves of a label, the last two hundred', async () => {
    const content = {
      messages: [{ role: 'user' as const, content: 'Write of it. {{facts}}' }],
      variables: { facts: 'json' as const },
    };
    const draft = { name, ...content, parameters: {}, model: null, changelog: 'A second one.' } as const;
    const { number: second } = await harness.rpc.ask(publishPrompt, draft);
    for (let n = 0; n < 205; n += 1) {
      await harness.rpc.ask(movePromptLabel, { name, label: 'candidate', number: n % 2 === 0 ? 1 : second });
    }
    const { label_moves: moves } = await harness.rpc.ask(getPrompt, { name });
    expect(moves).toHaveLength(200);
    expect(moves.map(({ number }) => number)).toEqual(
      Array.from({ length: 200 }, (_, n) => (n % 2 === 0 ? second : 1)),
    );
  });

  it('a report, of its newest versions', async () => {
    const versions = Array.from({ length: 5_000 }, (_, n) => `${name}-${String(n).padStart(6, '0')}`);
    await em().insertMany(
      GenerationFailure,
      versions.map((promptVersion, n) => ({
        insightId: newId(),
        userId: newId(),
        snapshotId: newId(),
        insightType: name,
        promptVersion,
        code: 'LLM_ANSWER_REJECTED',
        attempts: 3,
        failedAt: at(n),
        sequence: n + 1,
      })),
    );
    const { rows } = await harness.rpc.ask(reportOnPrompt, { name });
    const shown = rows.map(({ prompt_version }) => prompt_version);
    expect(shown.length).toBeGreaterThan(500);
    expect(shown.length).toBeLessThan(versions.length);
    expect(shown).toEqual(versions.slice(-shown.length));
  });
});
