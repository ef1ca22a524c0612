// The formulas of docs/measures.md, written a second time. Nothing of `src/snapshots` may be imported here.

export const MEASURES = [
  'valence',
  'energy',
  'danceability',
  'acousticness',
  'instrumentalness',
  'speechiness',
  'liveness',
  'tempo',
  'loudness',
] as const;
export type Features = Readonly<Record<(typeof MEASURES)[number], number | null>>;

/** A track, how many times it counts, and what was known of it. */
export interface Heard {
  readonly times: number;
  readonly features: Features | undefined;
}

const MOODS = ['happy', 'calm', 'energetic', 'sad', 'unknown'] as const;
type Mood = (typeof MOODS)[number];

const rules: Readonly<Record<string, (valence: number, energy: number, instrumentalness: number) => Mood>> = {
  'mood-v0': (valence, energy) =>
    valence < 0.5 ? (energy < 0.5 ? 'sad' : 'energetic') : energy < 0.5 ? 'calm' : 'happy',
  'mood-v1': (valence, energy, instrumentalness) => {
    const calm = energy < 0.5 && instrumentalness >= 0.7;
    const happy = !calm && valence >= 0.6 && energy >= 0.4;
    return calm ? 'calm' : happy ? 'happy' : energy >= 0.7 ? 'energetic' : 'sad';
  },
};

/** How far each mood reaches around a track, case by case: the least that has to change for it to be another's. */
const reach: Readonly<
  Record<string, (mood: Mood, valence: number, energy: number, instrumentalness: number) => number>
> = {
  'mood-v0': (_mood, valence, energy) => Math.min(Math.abs(valence - 0.5), Math.abs(energy - 0.5)),
  'mood-v1': (mood, valence, energy, instrumentalness) => {
    const toCalm = Math.max(energy - 0.5, 0.7 - instrumentalness);
    if (mood === 'calm') return -toCalm;
    if (mood === 'happy') return Math.min(toCalm, valence - 0.6, energy - 0.4);
    if (mood === 'energetic') return Math.min(energy - 0.7, 0.6 - valence);
    const toHappy = Math.max(0.6 - valence, 0.4 - energy);
    const toEnergetic = Math.max(0.7 - energy, valence - 0.6);
    return Math.max(0, Math.min(toCalm, toHappy, toEnergetic, 0.5 - valence));
  },
};

/** Of all that have the mood, each as often as it counts; undefined where nothing has. */
function confidenceOf(version: string, mood: Mood, heard: readonly Heard[]): number | undefined {
  if (mood === 'unknown' || heard.length === 0) return undefined;
  let [times, sum] = [0, 0];
  for (const { times: often, features } of heard) {
    const { valence, energy, instrumentalness } = features ?? {};
    const distance = reach[version]?.(mood, valence ?? 0, energy ?? 0, instrumentalness ?? 0) ?? 0;
    sum += often * (distance < 0.1 ? 10 * distance : 1);
    times += often;
  }
  return sum / times;
}

function moodOf(version: string, features: Features | undefined): Mood {
  const rule = rules[version];
  if (!rule) throw new Error(`no rule is known for ${version}`);
  if (!features || features.valence === null || features.energy === null) return 'unknown';
  if (version !== 'mood-v0' && features.instrumentalness === null) return 'unknown';
  return rule(features.valence, features.energy, features.instrumentalness ?? 0);
}

/** D. H. D. West's running mean and squares with weights ("Updating mean and variance estimates", 1979). */
function spreadOf(values: readonly { value: number; times: number }[]) {
  let total = 0;
  let mean = 0;
  let squares = 0;
  for (const { value, times } of values) {
    total += times;
    const distance = value - mean;
    mean += (distance * times) / total;
    squares += times * distance * (value - mean);
  }
  return { mean, deviation: Math.sqrt(squares / (total - 1)) };
}

/** Numbers by their path in the snapshot; null where they must be withheld. */
export function expectedNumbers(
  heard: readonly Heard[],
  classifier: string,
  countsPlays: boolean,
): Map<string, number | null> {
  const numbers = new Map<string, number | null>();
  const total = heard.reduce((sum, { times }) => sum + times, 0);
  for (const name of MEASURES) {
    const values = heard.flatMap(({ times, features }) => {
      const value = features?.[name];
      return value === null || value === undefined ? [] : [{ value, times }];
    });
    const { mean, deviation } = spreadOf(values);
    numbers.set(`audio_features.avg_${name}`, values.length >= 5 ? mean : null);
    numbers.set(`audio_features.std_${name}`, values.length >= 10 ? deviation : null);
  }
  const known = heard.filter(({ features }) => features);
  const knownTimes = known.reduce((sum, { times }) => sum + times, 0);
  numbers.set('audio_features.coverage', total > 0 ? knownTimes / total : 0);
  numbers.set('audio_features.known_tracks', known.length);

  const moods = Map.groupBy(heard, ({ features }) => moodOf(classifier, features));
  const timesOf = (mood: Mood) => (moods.get(mood) ?? []).reduce((sum, { times }) => sum + times, 0);
  for (const mood of MOODS) {
    numbers.set(`mood_patterns.${mood}.track_count`, moods.get(mood)?.length ?? 0);
    numbers.set(`mood_patterns.${mood}.play_count`, countsPlays ? timesOf(mood) : null);
    numbers.set(`mood_patterns.${mood}.percentage`, total > 0 ? (100 * timesOf(mood)) / total : 0);
    const confidence = confidenceOf(classifier, mood, moods.get(mood) ?? []);
    if (confidence !== undefined) numbers.set(`mood_patterns.${mood}.confidence`, confidence);
  }
  const sorted = MOODS.filter((mood) => mood !== 'unknown');
  const sortedTracks = sorted.reduce((sum, mood) => sum + (moods.get(mood)?.length ?? 0), 0);
  numbers.set('mood_diversity_score', sortedTracks >= 10 ? evenness(sorted.map(timesOf)) : null);
  numbers.set('total_tracks_analyzed', heard.length);
  numbers.set('total_plays_analyzed', countsPlays ? total : null);
  return numbers;
}

/** (ln N − Σ n ln n / N) / ln k: Shannon's entropy of counts over its maximum. */
function evenness(counts: readonly number[]): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const inner = counts.reduce((sum, count) => sum + (count > 0 ? count * Math.log(count) : 0), 0);
  return (Math.log(total) - inner / total) / Math.log(counts.length);
}
