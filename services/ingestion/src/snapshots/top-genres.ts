import type { TopArtist, TopGenre } from '@undertone/contracts/listening/snapshot';

/** Genres by artist; an artist of whom none is known is not in it. */
export type Genres = ReadonlyMap<string, readonly string[]>;

const MAX_GENRES = 20;

/** In how many of the top artists' genres each occurs, most first, and of how many of the artists any is known. */
export function topGenres(
  artists: readonly TopArtist[],
  genres: Genres,
): { top_genres: TopGenre[]; genre_coverage: number } {
  const known = artists.flatMap(({ artist_id }) => {
    const own = genres.get(artist_id) ?? [];
    return own.length > 0 ? [new Set(own)] : [];
  });
  const counts = new Map<string, number>();
  for (const genre of known.flatMap((own) => [...own])) counts.set(genre, (counts.get(genre) ?? 0) + 1);
  return {
    top_genres: [...counts]
      .map(([genre, artist_count]) => ({ genre, artist_count }))
      .sort((a, b) => b.artist_count - a.artist_count || (a.genre < b.genre ? -1 : 1))
      .slice(0, MAX_GENRES),
    genre_coverage: artists.length === 0 ? 0 : known.length / artists.length,
  };
}
