import { type Replay, replayOrder } from '@undertone/contracts/replay/replay';
import { ReplayPaused } from '@undertone/contracts/replay/replay-events';
import { controlReplay, getReplay, orderReplay } from '@undertone/contracts/replay/rpc';
import { replayAggregate } from '@undertone/contracts/subjects';
import { newId } from '@undertone/platform/ids/ids';
import { Refused } from '@undertone/platform/rpc/rpc-client';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { problemOf } from './client.js';
import { exampleReplay } from './examples.js';
import { followed } from './followed.js';
import { startSystem, type TestSystem } from './system.js';

let system: TestSystem;
let replay: Replay;
beforeAll(async () => {
  system = await startSystem();
});
afterAll(() => system.stop());
beforeEach(async () => {
  replay = exampleReplay();
  await system.behind.answer(getReplay, ({ replay_id }) => ({
    replay: replay_id === replay.id ? replay : null,
  }));
});

const path = (rest: string) => `/api/admin/replays/${replay.id}${rest}`;

describe('ordering a replay', () => {
  it('passes the order on with what was left out, and the key', async () => {
    const asked: unknown[] = [];
    const estimate = { snapshots: 3, with_insight: 2, calls: 3, tokens: 900, usd: null, seconds: null };
    await system.behind.answer(orderReplay, (question) => {
      asked.push(question);
      return {
        dry_run: question.dry_run,
        estimate: { ...estimate, based_on: 'prompt_size' as const, sample: 0 },
        warnings: ['templates use no prompt'],
        replay: question.dry_run ? null : replay,
      };
    });
    const input = { insight_type: 'wellness', prompt_version: 'wellness-v2', canary: 0.1 } as const;
    expect(await system.call('orderReplay', { ...input, dry_run: true })).toMatchObject({
      dry_run: true,
      replay: null,
      estimate,
      warnings: ['templates use no prompt'],
    });
    const once = { idempotencyKey: 'k' };
    await system.call('orderReplay', input, once);
    const order = replayOrder.parse(input);
    expect(asked).toEqual([
      { order, dry_run: true },
      { order, dry_run: false, idempotency_key: 'k' },
    ]);
    const other = system.call('orderReplay', { ...input, canary: 0.2 }, once);
    await expect(other).rejects.toMatchObject({ code: 'IDEMPOTENCY_MISMATCH' });
  });

  it.each([
    ['a share of all', { canary: 1 }],
    ['no window', { window: 0 }],
    ['an unknown filter', { filter: { artist: 'x' } }],
    ['an unknown budget', { budget: { euro: 1 } }],
  ])('refuses %s', async (_what, change) => {
    const json = { insight_type: 'wellness', prompt_version: 'wellness-v2', ...change };
    expect((await system.send('POST', '/api/admin/replays', { json })).status).toBe(422);
  });
});

describe('deciding on a replay', () => {
  it.each([
    ['approveReplay', {}, { action: 'go' }],
    ['pauseReplay', {}, { action: 'pause' }],
    ['resumeReplay', { budget: { calls: 9 } }, { action: 'resume', budget: { calls: 9 } }],
    ['cancelReplay', {}, { action: 'cancel' }],
    ['activateReplay', { allow_failures: true }, { action: 'activate', allow_failures: true }],
    ['rollBackReplay', {}, { action: 'rollback' }],
  ] as const)('%s is asked of the insight service', async (route, input, control) => {
    const asked: unknown[] = [];
    await system.behind.answer(controlReplay, (question) => {
      asked.push(question);
      return { replay };
    });
    expect(await system.call(route, { replay_id: replay.id, ...input })).toEqual(replay);
    expect(asked).toEqual([{ replay_id: replay.id, control }]);
  });

  it('gives its refusal as it is', async () => {
    await system.behind.answer(controlReplay, () => {
      throw new Refused('REPLAY_STATE', 'the replay is cancelled and cannot go on');
    });
    const refused = { code: 'REPLAY_STATE', detail: expect.stringMatching(/cancelled/) };
    await expect(system.call('resumeReplay', { replay_id: replay.id })).rejects.toMatchObject(refused);
  });
});

describe('following a replay', () => {
  it('sends it whenever it changed, and ends when it is over', async () => {
    const stream = await followed(system.url, path('/events'));
    expect(stream.status).toBe(200);
    expect(stream.headers.get('content-type')).toBe('text/event-stream');
    expect(stream.headers.get('x-trace-id')).toMatch(/^[0-9a-f]{32}$/);
    expect(await stream.next()).toMatchObject({
      event: 'replay',
      data: { id: replay.id, status: 'running' },
    });
    replay = { ...replay, status: 'paused', pause_reason: 'operator' };
    const insight = await system.infrastructure.connect({}, 'insight');
    insight.publish(`${replayAggregate(replay.id).prefix}.${ReplayPaused.subjectToken}`);
    expect(await stream.next()).toMatchObject({ data: { status: 'paused' } });
    replay = { ...replay, status: 'cancelled', pause_reason: null };
    expect(await stream.next()).toMatchObject({ data: { status: 'cancelled' } });
    expect(await stream.next()).toBeUndefined();
  });

  it('does not send again what the client has; behind the end there is 204', async () => {
    const first = await followed(system.url, path('/events'));
    const { id } = (await first.next()) ?? {};
    await first.close();
    const again = await followed(system.url, path('/events'), { 'last-event-id': id ?? '' });
    replay = { ...replay, status: 'cancelled' };
    const last = await again.next();
    expect(last).toMatchObject({ data: { status: 'cancelled' } });
    const over = await system.send('GET', path('/events'), { headers: { 'last-event-id': last?.id ?? '' } });
    expect(over.status).toBe(204);
  });

  it('goes on through a restart of the insight service', async () => {
    const stream = await followed(system.url, path('/events'));
    await stream.next();
    await system.behind.silence(getReplay);
    replay = { ...replay, status: 'active' };
    const asked = system.behind.asked(getReplay);
    await system.behind.answer(getReplay, () => ({ replay }));
    expect(await stream.next()).toMatchObject({ data: { status: 'active' } });
    expect(system.behind.asked(getReplay)).toBeGreaterThan(asked);
  });

  it('of an unknown one is 404, and no stream', async () => {
    const reply = await system.send('GET', `/api/admin/replays/${newId()}/events`);
    expect(problemOf(reply).code).toBe('REPLAY_NOT_FOUND');
  });

  it('does not hold a gateway that stops', async () => {
    const other = await system.start();
    const stream = await followed(other.url, path('/events'));
    await stream.next();
    await other.close();
    await eventually('the stream ended', async () => (await stream.next()) === undefined);
  });
});
