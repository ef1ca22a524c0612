import { createHash } from 'node:crypto';
import { featureNames } from '@undertone/contracts/listening/snapshot';
import type { SnapshotComputedData } from '@undertone/contracts/listening/snapshot-computed';
import { computedData, inventedSnapshot } from '@undertone/contracts/test-kit/invented-snapshot';

const PEOPLE = 500;
const { audio_features: usual } = inventedSnapshot();

/** The n-th snapshot of a group of invented people; every eleventh is replaced by the one after it. */
export function nthSnapshot(n: number): SnapshotComputedData {
  const person = n % PEOPLE;
  const day = Math.floor(n / PEOPLE);
  const at = new Date(Date.UTC(2024, 0, 1 + day - (day % 11 === 10 ? 1 : 0), 6)).toISOString();
  const share = (k: number) => ((n * 31 + k * 17) % 1_000) / 1_000;
  const measures = featureNames.flatMap((name, k) => [
    [`avg_${name}`, share(k)],
    [`std_${name}`, share(k + 9) / 2],
  ]);
  const snapshot = inventedSnapshot({
    id: uuid(`snapshot ${n}`),
    user_id: uuid(`person ${person}`),
    source: 'simulator',
    snapshot_date: at.slice(0, 10),
    time_range: 'short_term',
    audio_features: { ...usual, ...Object.fromEntries(measures), source: 'simulator' },
    mood_diversity_score: share(3),
    created_at: at,
  });
  return computedData(snapshot, null);
}

function uuid(name: string): string {
  const hex = createHash('sha256').update(name).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
