import { type EntityManager, MikroORM } from '@mikro-orm/postgresql';
import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { listeningEpoch, playsGroup, topField } from '@undertone/contracts/listening/cache-keys';
import { listTop, type TopEntry, type TopQuestion, topPage } from '@undertone/contracts/listening/top';
import { ReadCache } from '@undertone/platform/cache/read-cache';
import { Answers, asked } from '@undertone/platform/nest/answers';
import { textKey } from '@undertone/platform/rpc/cursor-keys';
import { KeysetCursor } from '@undertone/platform/rpc/keyset-cursor';
import type { Page } from '@undertone/platform/rpc/page';
import { z } from 'zod';
import { type AlbumsByName, albumsByName, sameAlbums } from './albums-by-name.js';
import { type ArtistsByName, artistsByName, sameArtists } from './artists-by-name.js';
import { CACHE_SECONDS } from './cache-seconds.js';
import { type RankedRow, topPlays } from './top-plays.js';
import { trackNames } from './track-names.js';

const allCursors = new KeysetCursor('top', z.tuple([z.number(), textKey]));

@Controller()
export class TopQueries {
  constructor(
    @Inject(MikroORM) private readonly orm: MikroORM,
    @Inject(ReadCache) private readonly cache: ReadCache,
  ) {}

  /** What a person played most, in any period. */
  @Answers(listTop)
  list(@Payload(asked(listTop)) question: TopQuestion): Promise<Page<TopEntry>> {
    return this.cache.readThrough(
      playsGroup(question.user_id),
      topField(question),
      topPage,
      CACHE_SECONDS,
      () => this.load(question),
      listeningEpoch,
    );
  }

  private async load(question: TopQuestion): Promise<Page<TopEntry>> {
    const em = this.orm.em.fork();
    const cursors = allCursors.for(question);
    const after = question.cursor === undefined ? undefined : cursors.read(question.cursor);
    const same = {
      artists: question.kind === 'tracks' ? {} : await this.sameArtists(em, question.user_id),
      albums: question.kind === 'albums' ? await this.sameAlbums(em, question.user_id) : {},
    };
    const rows = await topPlays(em, question, same, after, question.limit + 1);
    const page = rows.slice(0, question.limit);
    const items =
      question.kind === 'tracks'
        ? await withTrackNames(em, question.user_id, page)
        : page.map((row) => entry(row));
    return cursors.page(rows, items, ({ value, id }) => [value, id]);
  }

  /** Looks at all that the person ever played, so it is kept for the next page and the next period. */
  private sameArtists(em: EntityManager, userId: string): Promise<ArtistsByName> {
    return this.cache.readThrough(
      playsGroup(userId),
      'same-artists',
      sameArtists,
      CACHE_SECONDS,
      () => artistsByName(em, userId),
      listeningEpoch,
    );
  }

  private sameAlbums(em: EntityManager, userId: string): Promise<AlbumsByName> {
    return this.cache.readThrough(
      playsGroup(userId),
      'same-albums',
      sameAlbums,
      CACHE_SECONDS,
      () => albumsByName(em, userId),
      listeningEpoch,
    );
  }
}

const entry = (row: RankedRow): TopEntry => ({
  rank: row.rank,
  id: row.id,
  name: row.name?.normalize('NFC') ?? null,
  artists: row.artists,
  album: null,
  named_by: row.named_by,
  plays: row.plays,
  ms_played: row.ms_played,
  time_coverage: row.timed / row.plays,
});

async function withTrackNames(
  em: EntityManager,
  userId: string,
  page: readonly RankedRow[],
): Promise<TopEntry[]> {
  const names = await trackNames(
    em,
    userId,
    page.map(({ id }) => id),
  );
  return page.map((row) => ({ ...entry(row), ...names.get(row.id) }));
}
