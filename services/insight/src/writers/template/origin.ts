import type { Reading } from './reading.js';

/** The last words where anything was invented: where it stands must not depend on the tone. */
export function origin(r: Reading): string[] {
  if (r.snapshot.source === 'simulator') return ['This text was made from simulated listening.'];
  if (r.snapshot.audio_features.source === 'simulator') {
    return ['This text was made from real listening, but with simulated audio features.'];
  }
  return [];
}
