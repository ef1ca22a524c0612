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
import type { Call } from './caller.js';
import { badFields } from './client.js';
import { exampleRebuild } from './examples.js';
import { startSystem, type TestSystem } from './system.js';

const projection = consumers.generatedInsights.name;
const state = (change: Partial<RebuildState> = {}): RebuildState => ({
  ...exampleRebuild(projection),
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

  const call: Call = (route, ...given) => system.call(route, ...given);

  it('are listed, those of all services', async () => {
    expect(await call('listRebuilds')).toEqual([state()]);
  });

  it('are begun, followed, swapped and cleared by the service that owns the projection', async () => {
    const begun = await call('startRebuild', { projection, swap: 'never' });
    expect(begun).toMatchObject({ status: 'building' });
    expect(await call('getRebuild', { projection })).toEqual(state());
    expect(await call('swapRebuild', { projection })).toMatchObject({ status: 'swapped' });
    expect(await call('clearRebuild', { projection })).toEqual(state());
  });

  it('say why they are refused', async () => {
    const again = call('startRebuild', { projection, swap: 'always' });
    await expect(again).rejects.toMatchObject({ status: 409, code: 'REBUILD_UNDER_WAY' });
    const path = `/api/admin/rebuilds/${projection}`;
    const wrong = await system.send('POST', path, { query: { swap: 'perhaps' } });
    expect(badFields(wrong)).toEqual(['swap']);
  });

  it.each(['moods', consumers['insight-insights-bulk'].name])('know no projection %s', async (unknown) => {
    const shown = call('getRebuild', { projection: unknown });
    await expect(shown).rejects.toMatchObject({ status: 404, code: 'UNKNOWN_PROJECTION' });
  });
});
