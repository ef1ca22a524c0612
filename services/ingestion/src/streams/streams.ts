import { DisjointSets } from './disjoint-sets.js';
import { keysOf, MINUTE_MS, NEAR_MS } from './neighbourhood.js';
import type { Telling } from './telling.js';

/** A stream, and everything that tells of it. */
export interface Stream<T> {
  readonly told: readonly T[];
  /** The telling that stands for it; null: it is not a listen. */
  readonly play: T | null;
}

/** Whether a stream is a listen: its longest telling, and whether any of them says that it was broken off. */
export type IsListen<T> = (telling: T, brokenOff: boolean) => boolean;

/** Ends are told in whole seconds, so two may seem closer than they are. */
const ROUNDING_MS = 1_000;
/** What is allowed between an API's moment and a stream, for rounding and for the clocks of two systems. */
const WINDOW_MARGIN_MS = 5_000;
/** Spotify's API tells of no stream that was shorter. */
const API_TELLS_FROM_MS = 30_000;

/**
 * The streams of one neighbourhood: a function of what was told, whatever the order in which it came.
 *
 * Two tellings of exports are the same stream when they name the same track, by Spotify's id or by its names, and
 * - they ended in the same second; or
 * - they ended within ten seconds of each other, and the later one is longer than that: nobody hears three minutes of a track
 *   twice in three seconds; or
 * - one is of account data, which has whole minutes: they ended in the same minute with the same length, or both are too long
 *   to have ended in it one after the other.
 *
 * An API knows no length, and whether its `played_at` is a play's start or its end is nowhere promised (the reference says "the
 * date and time the track was played"). So its telling is a stream of the same track in which it lies, up to five seconds
 * outside. It answers for one stream at most: a track on repeat stays as many plays as it was.
 * https://developer.spotify.com/documentation/web-api/reference/get-recently-played
 */
export function streamsOf<T extends Telling>(told: readonly T[], isListen: IsListen<T>): Stream<T>[] {
  const [only] = told;
  // Most are told once.
  if (only && told.length === 1) return [streamOf([only], isListen)];
  const inOrder = [...told].sort(byWords);
  const exported = clusters(
    inOrder.filter(({ ms }) => ms !== null),
    joinExported,
  ).map((of) => streamOf(of, isListen));
  const fetched = clusters(
    inOrder.filter(({ ms }) => ms === null),
    joinFetched,
  ).map((of) => streamOf(of, isListen));
  return withFetched(exported, fetched);
}

type Join = (tellings: readonly Telling[], sets: DisjointSets) => void;

function clusters<T extends Telling>(tellings: readonly T[], join: Join): T[][] {
  const sets = new DisjointSets(tellings.length);
  join(tellings, sets);
  return sets.sets().map((members) => members.flatMap((index) => tellings[index] ?? []));
}

/** Positions of tellings by what their track may be recognised by, in the order of time. */
function byKey(tellings: readonly Telling[]): number[][] {
  const positions = new Map<string, number[]>();
  for (const [index, telling] of tellings.entries()) {
    for (const key of keysOf(telling)) {
      const known = positions.get(key);
      if (known) known.push(index);
      else positions.set(key, [index]);
    }
  }
  return [...positions.values()];
}

function joinFetched(tellings: readonly Telling[], sets: DisjointSets): void {
  for (const positions of byKey(tellings)) joinEqual(positions, (index) => tellings[index]?.at, sets);
}

function joinEqual(
  positions: readonly number[],
  value: (index: number) => unknown,
  sets: DisjointSets,
): void {
  for (const equal of Map.groupBy(positions, value).values()) {
    for (const index of equal) sets.join(equal[0] ?? index, index);
  }
}

function joinExported(tellings: readonly Telling[], sets: DisjointSets): void {
  const at = (index: number): number => tellings[index]?.at ?? 0;
  const ms = (index: number): number => tellings[index]?.ms ?? 0;
  for (const positions of byKey(tellings)) {
    const exact = positions.filter((index) => !tellings[index]?.wholeMinute);
    joinNear(exact, { at, ms }, sets);
    const minutes = Map.groupBy(positions, (index) => Math.floor(at(index) / MINUTE_MS));
    for (const [minute, within] of minutes) {
      const whole = within.filter((index) => tellings[index]?.wholeMinute);
      if (whole.length > 0) joinMinute(minute * MINUTE_MS, within, whole, { at, ms }, sets);
    }
  }
}

interface Values {
  readonly at: (index: number) => number;
  readonly ms: (index: number) => number;
}

function joinNear(positions: readonly number[], { at, ms }: Values, sets: DisjointSets): void {
  const seconds = [...Map.groupBy(positions, at)].map(([moment, indexes]) => ({
    moment,
    first: indexes[0] ?? 0,
    longest: indexes.reduce((most, index) => Math.max(most, ms(index)), 0),
  }));
  joinEqual(positions, at, sets);
  for (const [place, later] of seconds.entries()) {
    for (let before = place - 1; before >= 0; before -= 1) {
      const earlier = seconds[before];
      const apart = later.moment - (earlier?.moment ?? Number.NEGATIVE_INFINITY);
      if (!earlier || apart > NEAR_MS) break;
      if (later.longest - ROUNDING_MS > apart) sets.join(earlier.first, later.first);
    }
  }
}

/** @param whole those of account data among the tellings of a minute. */
function joinMinute(
  minute: number,
  within: readonly number[],
  whole: readonly number[],
  { at, ms }: Values,
  sets: DisjointSets,
): void {
  joinEqual(whole, ms, sets);
  const longest = whole.reduce((most, index) => (ms(index) > ms(most) ? index : most));
  for (const index of whole) {
    if (Math.min(ms(index), ms(longest)) > MINUTE_MS) sets.join(longest, index);
  }
  const lengths = new Map(whole.map((index) => [ms(index), index]));
  const wholes = new Set(whole);
  for (const index of within.filter((one) => !wholes.has(one))) {
    const same = lengths.get(ms(index));
    // How far apart the two ends may be at most.
    const apart = Math.max(at(index) - minute, minute + MINUTE_MS - at(index));
    if (same !== undefined) sets.join(same, index);
    else if (Math.min(ms(index), ms(longest)) > apart) sets.join(longest, index);
  }
}

function streamOf<T extends Telling>(told: readonly T[], isListen: IsListen<T>): Stream<T> & { best: T } {
  const best = told.reduce((known, telling) => (isBetter(telling, known) ? telling : known));
  const brokenOff = told.some((telling) => telling.brokenOff);
  return { told, best, play: isListen(best, brokenOff) ? best : null };
}

/** Which of two tellings of one stream stands for it. */
function isBetter(a: Telling, b: Telling): boolean {
  const order =
    Number(a.wholeMinute) - Number(b.wholeMinute) ||
    Number(a.track === a.named) - Number(b.track === b.named) ||
    (b.ms ?? 0) - (a.ms ?? 0) ||
    Number(a.named === null) - Number(b.named === null);
  return (order || byWords(a, b)) < 0;
}

/** In the order of time; of those that say the same, the one that was told first. */
function byWords(a: Telling, b: Telling): number {
  return (
    a.at - b.at ||
    compare(a.track, b.track) ||
    compare(a.named ?? '', b.named ?? '') ||
    (a.ms ?? 0) - (b.ms ?? 0) ||
    Number(a.brokenOff) - Number(b.brokenOff) ||
    Number(a.wholeMinute) - Number(b.wholeMinute) ||
    a.sequence - b.sequence
  );
}

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

type Found<T> = Stream<T> & { readonly best: T };

/** Gives each exported stream the first telling of an API that lies in it and is left. */
function withFetched<T extends Telling>(
  exported: readonly Found<T>[],
  fetched: readonly Found<T>[],
): Stream<T>[] {
  const left = new Set(fetched);
  const answers = new Map<Found<T>, readonly T[]>();
  const inOrder = [...exported].sort((a, b) => byWords(a.best, b.best));
  // A stream that is no listen leaves an API's telling to one that is.
  const listens = inOrder.filter(({ play }) => play !== null);
  const others = inOrder.filter(({ play, best }) => play === null && (best.ms ?? 0) >= API_TELLS_FROM_MS);
  for (const stream of [...listens, ...others]) {
    const keys = new Set(stream.told.flatMap(keysOf));
    for (const candidate of left) {
      if (!lies(candidate.best.at, stream.best)) continue;
      if (!candidate.told.some((telling) => keysOf(telling).some((key) => keys.has(key)))) continue;
      left.delete(candidate);
      answers.set(stream, candidate.told);
      break;
    }
  }
  return [
    ...exported.map((stream) => ({
      told: [...stream.told, ...(answers.get(stream) ?? [])],
      play: stream.play,
    })),
    ...left,
  ];
}

function lies(moment: number, { at, ms, wholeMinute }: Telling): boolean {
  const end = at + WINDOW_MARGIN_MS + (wholeMinute ? MINUTE_MS : 0);
  return moment >= at - (ms ?? 0) - WINDOW_MARGIN_MS && moment <= end;
}
