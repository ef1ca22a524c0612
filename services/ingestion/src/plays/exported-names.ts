import type { EntityManager } from '@mikro-orm/postgresql';
import { ExportedArtist } from '../artists/exported-artist.entity.js';
import { artistKey } from '../play-keys/track-key.js';
import { ExportedTrack } from '../tracks/exported-track.entity.js';
import type { ExportStream } from './export-streams.js';

/** A stream whose export names its track. */
export type NamedStream = ExportStream & { readonly track: string; readonly artist: string };

interface Track {
  readonly track_id: string;
  readonly name: string;
  readonly artists: readonly { readonly id: string; readonly name: string }[];
  readonly album: string | null;
}

/** Of several spellings the same one is shown, whichever came first: where one is all in capitals, the other. */
const words = ({ name, artists, album }: Track): string =>
  [album === null ? '' : 'has an album', name, artists[0]?.name, album].join('\u0000');

/**
 * What a person's exports call tracks and artists: for this person alone, who would else name them for everybody. Which of several
 * spellings stays does not depend on the order in which they are told.
 */
export class ExportedNames {
  /** What this import wrote. */
  private readonly artists = new Map<string, string>();
  private readonly tracks = new Map<string, string>();

  constructor(
    private readonly em: EntityManager,
    private readonly userId: string,
  ) {}

  async keep(streams: readonly NamedStream[]): Promise<void> {
    const artists = new Map<string, string>();
    const tracks = new Map<string, Track>();
    for (const { track_id, track: name, artist, album } of streams) {
      const id = artistKey(artist);
      if (artist > (this.artists.get(id) ?? '')) {
        artists.set(id, artist);
        this.artists.set(id, artist);
      }
      const told = { track_id, name, artists: [{ id, name: artist }], album };
      if (words(told) > (this.tracks.get(track_id) ?? '')) {
        tracks.set(track_id, told);
        this.tracks.set(track_id, words(told));
      }
    }
    if (artists.size > 0) await this.writeArtists([...artists].map(([id, name]) => ({ id, name })));
    if (tracks.size > 0) await this.writeTracks([...tracks.values()]);
  }

  private async writeArtists(rows: readonly { id: string; name: string }[]): Promise<void> {
    await this.em.execute(
      `insert into exported_artist (user_id, id, name)
       select ?::uuid, id, name from jsonb_to_recordset(?::jsonb) as told(id text, name text)
       on conflict (user_id, id) do update set name = excluded.name
        where excluded.name collate "C" > exported_artist.name collate "C"`,
      [this.userId, JSON.stringify(rows)],
    );
  }

  private async writeTracks(rows: readonly Track[]): Promise<void> {
    const spelling = (of: string): string =>
      `(${of}.album is not null, ${of}.name collate "C", (${of}.artists -> 0 ->> 'name') collate "C", coalesce(${of}.album, '') collate "C")`;
    await this.em.execute(
      `insert into exported_track (user_id, track_id, name, artists, album)
       select ?::uuid, track_id, name, artists, album
         from jsonb_to_recordset(?::jsonb) as told(track_id text, name text, artists jsonb, album text)
       on conflict (user_id, track_id) do update
          set name = excluded.name, artists = excluded.artists, album = excluded.album
        where ${spelling('excluded')} > ${spelling('exported_track')}`,
      [this.userId, JSON.stringify(rows)],
    );
  }
}

/** Forgets what a person's exports call anything. */
export async function forgetNames(em: EntityManager, userId: string): Promise<void> {
  await em.nativeDelete(ExportedTrack, { userId });
  await em.nativeDelete(ExportedArtist, { userId });
}
