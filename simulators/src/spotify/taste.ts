import { glide, uniform } from '../random.js';
import type { Catalogue, CatalogueArtist, CatalogueTrack } from './catalogue/catalogue.js';

/** Spotify's three ranges: about four weeks, six months, one year (Spotify Web API reference, checked 2026-11). */
export const TIME_RANGES = ['short_term', 'medium_term', 'long_term'] as const;
export type TimeRange = (typeof TIME_RANGES)[number];

const DAY_MS = 86_400_000;

/** Days in which what a range remembers is wholly replaced. */
const MEMORY_DAYS: Readonly<Record<TimeRange, number>> = { short_term: 28, medium_term: 180, long_term: 365 };

/**
 * How much a user likes something on a day, 0 to 1: a lasting part, and one that glides over the range's memory. Moments
 * of one UTC day give the same number, so that pages fetched one after the other fit together.
 */
function liking(user: string, range: TimeRange, now: number, subject: string): number {
  const days = Math.floor(now / DAY_MS);
  const lasting = uniform(user, 'lasting', subject);
  return 0.55 * lasting + 0.45 * glide(days / MEMORY_DAYS[range] + lasting, user, range, subject);
}

function artistScore(user: string, range: TimeRange, now: number, artist: CatalogueArtist): number {
  const genre = artist.genres[0];
  const genreLiking = genre === undefined ? 0.5 : liking(user, range, now, `genre ${genre}`);
  return 0.6 * genreLiking ** 2 + 0.4 * liking(user, range, now, `artist ${artist.id}`);
}

function byScore<Item extends { id: string }>(items: readonly Item[], score: (item: Item) => number): Item[] {
  return items
    .map((item) => ({ item, score: score(item) }))
    .sort((a, b) => b.score - a.score || a.item.id.localeCompare(b.item.id))
    .map(({ item }) => item);
}

/** The whole catalogue in the order of a user's liking over a range, on the UTC day of `now` (ms since 1970). */
export function rankedTracks(
  catalogue: Catalogue,
  user: string,
  range: TimeRange,
  now: number,
): CatalogueTrack[] {
  const artists = new Map<string, number>();
  return byScore(catalogue.tracks, (track) => {
    const artist = track.artists[0];
    const known = artists.get(artist.id) ?? artistScore(user, range, now, artist);
    artists.set(artist.id, known);
    return 0.65 * known + 0.35 * liking(user, range, now, `track ${track.id}`);
  });
}

/** All artists in the order of a user's liking over a range, on the UTC day of `now` (ms since 1970). */
export function rankedArtists(
  catalogue: Catalogue,
  user: string,
  range: TimeRange,
  now: number,
): CatalogueArtist[] {
  return byScore(catalogue.artists, (artist) => artistScore(user, range, now, artist));
}
