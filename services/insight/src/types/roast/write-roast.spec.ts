import { toneMode } from '@undertone/contracts/insight/insight';
import { describe, expect, it } from 'vitest';
import { factsOf } from '../../facts/facts.js';
import { snapshotOf } from '../../facts/snapshots.arbitrary.js';
import { writeRoast } from './write-roast.js';

const unheard = snapshotOf({ unknown: 12 }, { features: { source: 'simulator' } });
const artists = [
  { rank: 1, name: 'Quiet Tram' },
  { rank: 3, name: 'Mira Valdéz' },
];

describe.each(toneMode.options)('a %s roast of music that has no known features', (tone) => {
  it('names artists all the same, where it may', () => {
    expect(writeRoast(factsOf(unheard, { artists }), tone, 'a').body).toContain('Quiet Tram and Mira Valdéz');
    expect(writeRoast(factsOf(unheard), tone, 'a').body).not.toMatch(/Quiet Tram|of the list|on top/i);
  });

  it('names no source of features, since none were used', () => {
    expect(writeRoast(factsOf(unheard), tone, 'a').body).not.toContain('simulated');
  });
});
