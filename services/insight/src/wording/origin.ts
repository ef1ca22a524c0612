import type { Facts } from '../facts/facts.js';

/** The last words where anything was invented: where it stands must not depend on the tone. */
export function origin({ snapshot, weeks = [] }: Pick<Facts, 'snapshot'> & Partial<Facts>): string[] {
  if (snapshot.source === 'simulator') return ['This text was made from simulated listening.'];
  const { source, coverage } = (weeks[0] ?? snapshot).audio_features;
  // Where no features are known none were made up either.
  return source === 'simulator' && coverage !== 0
    ? ['This text was made from real listening, but with simulated audio features.']
    : [];
}
