import { describe, expect, it } from 'vitest';
import { topGenres } from './top-genres.js';

const artists = ['a', 'b', 'c', 'd'].map((artist_id) => ({ artist_id, track_count: null, play_count: null }));

describe('top genres', () => {
  it('are counted by artist, most first, and say of how many artists any is known', () => {
    const genres = new Map([
      ['a', ['dream pop', 'shoegaze', 'dream pop']],
      ['b', ['shoegaze']],
      ['c', []],
      ['elsewhere', ['techno']],
    ]);
    expect(topGenres(artists, genres)).toEqual({
      top_genres: [
        { genre: 'shoegaze', artist_count: 2 },
        { genre: 'dream pop', artist_count: 1 },
      ],
      genre_coverage: 0.5,
    });
  });

  it('are at most 20, and those of equal counts stand by their names, whatever order they came in', () => {
    const names = Array.from({ length: 25 }, (_, at) => `genre ${String(at).padStart(2, '0')}`);
    for (const order of [names, names.toReversed()]) {
      const { top_genres } = topGenres(artists, new Map([['a', order]]));
      expect(top_genres.map(({ genre }) => genre)).toEqual(names.slice(0, 20));
    }
  });

  it('are none, and said to be of nobody, where nothing is known', () => {
    expect(topGenres(artists, new Map())).toEqual({ top_genres: [], genre_coverage: 0 });
    expect(topGenres([], new Map())).toEqual({ top_genres: [], genre_coverage: 0 });
  });
});
