import type { Snapshot } from '@undertone/contracts/listening/snapshot';
import type { Artist } from './artists.js';

/** All that an insight may speak of: a writer, model or template, is given this and nothing else. */
export interface Facts {
  readonly snapshot: Snapshot;
  /** Comparable snapshots of the weeks before, newest first; none for types that compare nothing. */
  readonly earlier: readonly Snapshot[];
  /** Artists of the person's own import; none unless the type uses names and the person allowed it. */
  readonly artists: readonly Artist[];
}

/** The facts of a snapshot alone, or with more. */
export const factsOf = (snapshot: Snapshot, more: Partial<Omit<Facts, 'snapshot'>> = {}): Facts => ({
  snapshot,
  earlier: [],
  artists: [],
  ...more,
});
