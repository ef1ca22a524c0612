import { base62Id, integer, uniform } from '../../random.js';
import { type Catalogue, type CatalogueArtist, type CatalogueTrack, catalogueOf } from './catalogue.js';
import { GENRE_SOUNDS, inventFeatures } from './invented-features.js';
import { inventedAlbumName, inventedArtistName, inventedTitle } from './invented-names.js';

const ARTISTS = 60;
const ALBUMS_PER_ARTIST = 2;
const TRACKS_PER_ALBUM = 4;

/** Share of tracks that ReccoBeats knows, measured on real catalogues (checked 2026-11). */
const RECCOBEATS_COVERAGE = 0.58;

function inventArtist(index: number): CatalogueArtist {
  const genres = Object.keys(GENRE_SOUNDS);
  const main = genres[(index * 3 + Math.floor(index / genres.length)) % genres.length] ?? 'folk';
  const second = genres[integer(0, genres.length - 1, 'second genre', index)] ?? 'folk';
  return {
    id: base62Id('generated artist', String(index)),
    name: inventedArtistName(index),
    genres: main === second ? [main] : [main, second],
    popularity: integer(12, 88, 'artist popularity', index),
  };
}

function inventAlbum(artist: CatalogueArtist, artistIndex: number, albumIndex: number): CatalogueTrack[] {
  const key = artistIndex * ALBUMS_PER_ARTIST + albumIndex;
  const year = integer(1994, 2026, 'release year', key);
  const day = `${integer(1, 10, 'release month', key)}`.padStart(2, '0');
  const album = {
    id: base62Id('generated album', String(key)),
    name: inventedAlbumName(artistIndex, albumIndex),
    artist,
    // Older albums are often known by their year only, and clients trip over it.
    releaseDate: year < 2000 ? String(year) : `${year}-${day}-1${integer(0, 9, 'release day', key)}`,
    totalTracks: TRACKS_PER_ALBUM,
  };
  return Array.from({ length: TRACKS_PER_ALBUM }, (_, position) => {
    const index = key * TRACKS_PER_ALBUM + position;
    const id = base62Id('generated track', String(index));
    return {
      id,
      name: inventedTitle(index),
      artists: [artist],
      album,
      trackNumber: position + 1,
      durationMs: integer(118_000, 342_000, 'duration', index),
      explicit: artist.genres[0] === 'hip hop' && uniform('explicit', index) < 0.5,
      popularity: integer(0, artist.popularity, 'track popularity', index),
      isrc: `ZZUND${String(year).slice(2)}${String(index).padStart(5, '0')}`,
      features: inventFeatures(artist.genres[0] ?? 'folk', id),
      inReccoBeats: uniform('reccobeats', id) < RECCOBEATS_COVERAGE,
    };
  });
}

/** The built-in catalogue: 480 tracks by 60 artists, all invented, the same in every run. */
export function generatedCatalogue(): Catalogue {
  const artists = Array.from({ length: ARTISTS }, (_, index) => inventArtist(index));
  const tracks = artists.flatMap((artist, index) =>
    Array.from({ length: ALBUMS_PER_ARTIST }, (_, album) => inventAlbum(artist, index, album)).flat(),
  );
  return catalogueOf('generated', tracks);
}
