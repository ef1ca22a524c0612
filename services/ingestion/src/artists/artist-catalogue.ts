import { MikroORM } from '@mikro-orm/postgresql';
import { Inject, Injectable } from '@nestjs/common';
import { SETTINGS } from '@undertone/platform/nest/tokens';
import type { IngestionSettings } from '../settings.js';
import type { SpotifyArtist } from '../spotify/spotify-schemas.js';

const DAY_MS = 86_400_000;

/** Artists' names and genres, by id. Top lists bring them along: no call is made for one. */
@Injectable()
export class ArtistCatalogue {
  constructor(
    @Inject(MikroORM) private readonly orm: MikroORM,
    @Inject(SETTINGS) private readonly settings: IngestionSettings,
  ) {}

  /** Keeps what a provider just said of artists of whom nothing is known, or nothing new for days. */
  async keep(artists: readonly SpotifyArtist[], now: Date): Promise<void> {
    const rows = [...new Map(artists.map((artist) => [artist.id, artist])).values()]
      .map(({ id, name, genres }) => ({ id, name, genres: genres ?? null }))
      // In one order everywhere, so that two replicas that keep the same artists do not lock each other out.
      .sort((a, b) => (a.id < b.id ? -1 : 1));
    const freshAfter = new Date(now.getTime() - this.settings.CATALOGUE_FRESH_DAYS * DAY_MS);
    await this.orm.em.fork().execute(
      `insert into artist (id, name, genres, updated_at)
       select id, name, nullif(genres, 'null'::jsonb), ?
         from jsonb_to_recordset(?::jsonb) as told(id text, name text, genres jsonb)
        where not exists (select 1 from artist where artist.id = told.id and updated_at > ?)
       on conflict (id) do update
          set name = excluded.name, genres = coalesce(excluded.genres, artist.genres), updated_at = excluded.updated_at`,
      [now, JSON.stringify(rows), freshAfter],
    );
  }

  /** The genres of those whose genres are known. */
  async genresOf(ids: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
    const rows: { id: string; genres: string[] }[] = await this.orm.em.fork().execute(
      `select id, genres from artist
        where genres is not null and id = any (array(select jsonb_array_elements_text(?::jsonb)))`,
      [JSON.stringify(ids)],
    );
    return new Map(rows.map(({ id, genres }) => [id, genres]));
  }

  /** What a person is shown as the names of artists: providers' names, and for an `artistKey` the own export's. */
  async namesFor(userId: string, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const rows: { id: string; name: string }[] = await this.orm.em.fork().execute(
      `with asked as (select jsonb_array_elements_text(?::jsonb) as id)
         select id, name from exported_artist where user_id = ? and id in (select id from asked)
         union all select id, name from artist where id in (select id from asked) and id not like 'name:%'`,
      [JSON.stringify(ids), userId],
    );
    return new Map(rows.map(({ id, name }) => [id, name]));
  }
}
