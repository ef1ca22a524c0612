import { featureNames, moodNames, type Snapshot } from '../listening/snapshot.js';
import { inventedSnapshot } from './invented-snapshot.js';

const TRACKS = 50;
type Mood = 'happy' | 'calm' | 'energetic' | 'sad';
interface Track {
  readonly valence: number;
  readonly energy: number;
  readonly tempo: number;
  readonly mood: Mood;
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function numbersFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/**
 * An invented person whose list of 50 tracks changes by one track a day, drawn from the same taste: how fast a list of
 * half a year moves is an assumption of the test, not a fact about people.
 */
export class InventedPerson {
  readonly userId: string = crypto.randomUUID();
  private readonly random: () => number;
  private readonly bright: number;
  private readonly lively: number;
  private readonly tracks: Track[];

  constructor(seed: number) {
    this.random = numbersFrom(seed);
    this.bright = 0.25 + this.random() / 2;
    this.lively = 0.25 + this.random() / 2;
    this.tracks = Array.from({ length: TRACKS }, () => this.track());
  }

  /** The next day's snapshot. */
  day(date: string): Snapshot {
    this.tracks[Math.floor(this.random() * TRACKS)] = this.track();
    const base = inventedSnapshot();
    const still = featureNames.flatMap((name) => [
      [`avg_${name}`, 0.2],
      [`std_${name}`, 0.1],
    ]);
    const moving = (['valence', 'energy', 'tempo'] as const).flatMap((name) => {
      const { mean, deviation } = this.spread(name);
      return [
        [`avg_${name}`, mean],
        [`std_${name}`, deviation],
      ];
    });
    const moods = moodNames.map((mood) => [mood, { ...this.share(mood), play_count: null }] as const);
    const shares = moods.map(([, { track_count }]) => track_count / TRACKS);
    const entropy = -shares.reduce((sum, p) => sum + (p > 0 ? p * Math.log(p) : 0), 0) / Math.log(4);
    return inventedSnapshot({
      user_id: this.userId,
      source: 'simulator',
      snapshot_date: date,
      time_range: 'short_term',
      audio_features: {
        ...base.audio_features,
        ...Object.fromEntries([...still, ...moving]),
        coverage: 1,
        known_tracks: TRACKS,
        source: 'simulator',
      },
      mood_patterns: { ...base.mood_patterns, ...Object.fromEntries(moods) },
      mood_diversity_score: Math.max(0, Math.min(1, entropy)),
      total_tracks_analyzed: TRACKS,
      created_at: `${date}T08:00:00.000Z`,
    });
  }

  private track(): Track {
    const near = (middle: number) =>
      Math.max(0, Math.min(1, middle + (this.random() + this.random() - 1) * 0.45));
    const [valence, energy] = [near(this.bright), near(this.lively)];
    const mood =
      valence >= 0.6 && energy >= 0.4 ? 'happy' : energy >= 0.7 ? 'energetic' : energy < 0.3 ? 'calm' : 'sad';
    return { valence, energy, tempo: 80 + near(this.lively) * 80, mood };
  }

  private spread(name: 'valence' | 'energy' | 'tempo'): { mean: number; deviation: number } {
    const mean = this.tracks.reduce((sum, track) => sum + track[name], 0) / TRACKS;
    const squares = this.tracks.reduce((sum, track) => sum + (track[name] - mean) ** 2, 0);
    return { mean, deviation: Math.sqrt(squares / (TRACKS - 1)) };
  }

  private share(mood: Mood | 'unknown'): { percentage: number; track_count: number } {
    const count = this.tracks.filter((track) => track.mood === mood).length;
    return { percentage: (count / TRACKS) * 100, track_count: count };
  }
}
