import { consumers } from '@undertone/contracts/consumers';
import {
  clearRebuild,
  listRebuilds,
  type RebuildState,
  rebuildingServices,
  startRebuild,
  swapRebuild,
} from '@undertone/contracts/rebuild';
import { Refused } from '@undertone/platform/rpc/rpc-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { problemOf, type Reply, type Sent } from './client.js';
import { conforms } from './conforms.js';
import { startSystem, type TestSystem } from './system.js';

const projection = consumers.generatedInsights.name;
const path = `/api/admin/rebuilds/${projection}`;
const state = (change: Partial<RebuildState> = {}): RebuildState => ({
  projection,
  service: 'insight',
  status: 'none',
  sequence: 0,
  target: 0,
  events: 0,
  events_per_second: null,
  tables: [],
  error: null,
  started_at: null,
  updated_at: null,
  ...change,
});

describe('rebuilds', () => {
  let system: TestSystem;
  beforeAll(async () => {
    system = await startSystem();
    for (const service of rebuildingServices) {
      const rebuilds = service === 'insight' ? [state()] : [];
      await system.behind.answer(listRebuilds(service), () => ({ rebuilds }));
    }
    await system.behind.answer(startRebuild('insight'), ({ swap }) => {
      if (swap === 'always') throw new Refused('REBUILD_UNDER_WAY', 'it is being rebuilt');
      return state({ status: 'building', started_at: '2026-11-23T10:00:00Z' });
    });
    await system.behind.answer(swapRebuild('insight'), () => state({ status: 'swapped' }));
    await system.behind.answer(clearRebuild('insight'), () => state());
  });
  afterAll(() => system.stop());

  async function call(operation: string, method: string, to: string, sent?: Sent): Promise<Reply> {
    const reply = await system.send(method, to, sent);
    conforms(operation, reply);
    return reply;
  }

  it('are listed, those of all services', async () => {
    expect((await call('listRebuilds', 'GET', '/api/admin/rebuilds')).body).toEqual([state()]);
  });

  it('are begun, followed, swapped and cleared by the service that owns the projection', async () => {
    const begun = await call('startRebuild', 'POST', path, { json: { swap: 'never' } });
    expect(begun).toMatchObject({ status: 200, body: { status: 'building' } });
    expect((await call('getRebuild', 'GET', path)).body).toEqual(state());
    expect((await call('swapRebuild', 'POST', `${path}/swap`)).body).toMatchObject({ status: 'swapped' });
    expect((await call('clearRebuild', 'DELETE', path)).body).toEqual(state());
  });

  it('say why they are refused', async () => {
    const reply = await call('startRebuild', 'POST', path, { query: { swap: 'always' } });
    expect(problemOf(reply)).toMatchObject({ status: 409, code: 'REBUILD_UNDER_WAY' });
    const wrong = await call('startRebuild', 'POST', path, { json: { swap: 'perhaps' } });
    expect(problemOf(wrong)).toMatchObject({ status: 422, errors: [{ path: 'swap' }] });
  });

  it.each(['moods', consumers.insightBulk.name])('know no projection %s', async (unknown) => {
    const reply = await call('getRebuild', 'GET', `/api/admin/rebuilds/${unknown}`);
    expect(problemOf(reply)).toMatchObject({ status: 404, code: 'UNKNOWN_PROJECTION' });
  });
});
