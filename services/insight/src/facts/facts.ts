import type { Snapshot } from '@undertone/contracts/listening/snapshot';
import type { Trend } from '@undertone/contracts/listening/trends';
import type { Artist } from './artists.js';

/** What a type of insight is told besides the snapshot. */
export interface FactsUsed {
  /** The person's last whole week and those before; earlier snapshots where nothing was played in it. */
  readonly weeks: boolean;
  /** Names of artists, where the person allowed it and imported them. */
  readonly artists: boolean;
}

/** All that an insight may speak of: a writer, model or template, is given this and nothing else. */
export interface Facts {
  readonly snapshot: Snapshot;
  /**
   * The person's last whole week and those before, newest first, each with plays; none where nothing was played in the
   * last one, or the type tells of no week. Where there are any, the insight is about them and not about the snapshot.
   */
  readonly weeks: readonly Trend[];
  /** The person's last whole week, where it was looked at and nothing is known to have been played in it. */
  readonly emptyWeek?: Pick<Trend, 'from' | 'to'>;
  /** Comparable snapshots of the weeks before, newest first; none for types that compare nothing, or tell of a week. */
  readonly earlier: readonly Snapshot[];
  /** Artists of the person's own import; none unless the type uses names and the person allowed it. */
  readonly artists: readonly Artist[];
  /** Why there are none though the person allowed it: a line of the service's own. */
  readonly nameless?: string;
}

/** The facts of a snapshot alone, or with more. */
export const factsOf = (snapshot: Snapshot, more: Partial<Omit<Facts, 'snapshot'>> = {}): Facts => ({
  snapshot,
  weeks: [],
  earlier: [],
  artists: [],
  ...more,
});
