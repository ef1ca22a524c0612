import { readFile } from 'node:fs/promises';
import { parse } from 'csv-parse/sync';
import { z } from 'zod';
import { base62Id } from '../../random.js';
import {
  type AudioFeatures,
  type Catalogue,
  type CatalogueArtist,
  type CatalogueTrack,
  catalogueOf,
} from './catalogue.js';

const text = z.string().transform((value) => (value === 'NA' || value === '' ? undefined : value));
const optionalNumber = z.union([z.enum(['NA', '']).transform(() => undefined), z.coerce.number()]);

const featuresRow = z.object({
  track_name: z.string(),
  spotify_track_uri: text,
  acousticness: optionalNumber,
  danceability: optionalNumber,
  energy: optionalNumber,
  instrumentalness: optionalNumber,
  key: optionalNumber,
  liveness: optionalNumber,
  loudness: optionalNumber,
  mode: optionalNumber,
  speechiness: optionalNumber,
  tempo: optionalNumber,
  valence: optionalNumber,
});

const infoRow = z.object({
  track: z.string(),
  spotify_album_uri: text,
  spotify_track_uri: text,
  artist: text,
  featuring: text,
  spotify_album: text,
  duration_ms: optionalNumber,
  explicit: z.enum(['TRUE', 'FALSE', 'NA', '']).transform((value) => value === 'TRUE'),
});

type InfoRow = z.infer<typeof infoRow>;

const wholeFeatures = z.object({
  acousticness: z.number(),
  danceability: z.number(),
  energy: z.number(),
  instrumentalness: z.number(),
  key: z.number(),
  liveness: z.number(),
  loudness: z.number(),
  mode: z.number(),
  speechiness: z.number(),
  tempo: z.number(),
  valence: z.number(),
});

async function readRows<Row>(path: string, schema: z.ZodType<Row>): Promise<Row[]> {
  const records: unknown = parse(await readFile(path, 'utf8'), { columns: true, skip_empty_lines: true });
  return z.array(schema).parse(records);
}

function rowKey(id: string | undefined, name: string): string {
  return id ?? `without id: ${name}`;
}

function artistNamed(name: string): CatalogueArtist {
  return { id: base62Id('csv artist', name), name, genres: [], popularity: 50 };
}

function toTrack(row: InfoRow, features: AudioFeatures | undefined): Omit<CatalogueTrack, 'trackNumber'> {
  const artist = artistNamed(row.artist ?? 'Unknown artist');
  const albumName = row.spotify_album ?? row.track;
  const guests = (row.featuring ?? '').split(', ').filter((name) => name !== '');
  return {
    // A row without an id (never released on Spotify) gets a stable one, so that a catalogue keeps all its rows.
    id: row.spotify_track_uri ?? base62Id('csv track', row.track),
    name: row.track,
    artists: [artist, ...guests.map(artistNamed)],
    album: {
      id: row.spotify_album_uri ?? base62Id('csv album', albumName),
      name: albumName,
      artist,
      releaseDate: '2020',
      totalTracks: 1,
    },
    durationMs: row.duration_ms ?? 200_000,
    explicit: row.explicit,
    popularity: 50,
    isrc: undefined,
    features,
    inReccoBeats: features !== undefined,
  };
}

/**
 * Loads a catalogue from two CSV files with the same rows: features (`spotify_track_uri`, the eleven features, `NA`
 * for unknown) and info (`track`, `artist`, `featuring`, `spotify_album`, `duration_ms`, `explicit`, …). Rows are joined
 * by track id, or by name where there is none.
 *
 * @throws z.ZodError when a file lacks a column or holds something else than a number where one belongs.
 */
export async function csvCatalogue(featuresPath: string, infoPath: string): Promise<Catalogue> {
  const [featureRows, infoRows] = await Promise.all([
    readRows(featuresPath, featuresRow),
    readRows(infoPath, infoRow),
  ]);
  const features = new Map(
    featureRows.map((row) => [
      rowKey(row.spotify_track_uri, row.track_name),
      wholeFeatures.safeParse(row).data,
    ]),
  );
  const numbers = new Map<string, number>();
  const tracks = infoRows.map((row) => {
    const track = toTrack(row, features.get(rowKey(row.spotify_track_uri, row.track)));
    const trackNumber = (numbers.get(track.album.id) ?? 0) + 1;
    numbers.set(track.album.id, trackNumber);
    return { ...track, trackNumber };
  });
  return catalogueOf(
    'csv',
    tracks.map((track) => ({
      ...track,
      album: { ...track.album, totalTracks: numbers.get(track.album.id) ?? 1 },
    })),
  );
}
