import type { EntityManager, InferEntity } from '@mikro-orm/postgresql';
import { writeRows } from '@undertone/platform/database/write-rows';
import { isListen, type OwnThreshold } from '../streams/listen-rule.js';
import { streamsOf } from '../streams/streams.js';
import { ownThreshold } from './own-threshold.js';
import { Play } from './play.entity.js';
import { neighbourhoodsAround, type StoredTelling } from './stored-telling.js';
import { UnusedTelling } from './unused-telling.entity.js';

/** What changed of all that was told of a person's streams. */
export interface Told {
  /** Not stored yet. */
  readonly fresh?: readonly StoredTelling[];
  /** Stored, and taken back. */
  readonly gone?: readonly StoredTelling[];
  /** Stored, and decided on again. */
  readonly again?: readonly StoredTelling[];
}

/** What a decision on a person's streams needs beside what was told. */
export interface ListenDecision {
  readonly own: OwnThreshold | null;
  /** In milliseconds, by track, where it is known. */
  readonly durations: ReadonlyMap<string, number>;
}

/**
 * Decides which tellings are plays, of all streams that some of them may speak of, and keeps `play` and `unused_telling` so. What
 * it leaves depends on all that was told and not on the order.
 */
export async function settlePlays(
  em: EntityManager,
  userId: string,
  { fresh = [], gone = [], again = [] }: Told,
): Promise<void> {
  const seeds = [...fresh, ...gone, ...again];
  if (seeds.length === 0) return;
  const own = await ownThreshold(em, userId);
  const touched = await neighbourhoodsAround(em, userId, seeds);
  const [isFresh, isGone] = [new Set(fresh), new Set(gone)];
  const durations = await durationsOf(em, touched.flat(), own);
  const changes: Changes = { plays: [], unused: [], notPlays: [], used: [] };
  for (const tellings of touched) {
    const streams = streamsOf(
      tellings.filter((telling) => !isGone.has(telling)),
      listenBy({ own, durations }),
    );
    const plays = new Set(streams.map(({ play }) => play));
    for (const telling of tellings) {
      const isPlay = plays.has(telling);
      if (isGone.has(telling)) (telling.isPlay ? changes.notPlays : changes.used).push(telling);
      else if (isFresh.has(telling)) (isPlay ? changes.plays : changes.unused).push(telling);
      else if (isPlay !== telling.isPlay) {
        (isPlay ? changes.used : changes.notPlays).push(telling);
        (isPlay ? changes.plays : changes.unused).push(telling);
      }
    }
  }
  await write(em, userId, changes);
}

/** The rule for streams, by what is known of a person. */
export const listenBy =
  ({ own, durations }: ListenDecision) =>
  ({ ms, track }: Pick<StoredTelling, 'ms' | 'track'>, brokenOff: boolean): boolean =>
    isListen({ ms, brokenOff, durationMs: durations.get(track) }, own);

/** The tracks' lengths, where a person's own threshold asks for them and a provider told them. */
export async function durationsOf(
  em: EntityManager,
  tellings: readonly Pick<StoredTelling, 'track'>[],
  own: OwnThreshold | null,
): Promise<ReadonlyMap<string, number>> {
  if (own?.min_share == null) return new Map();
  const rows: { id: string; duration_ms: number }[] = await em.execute(
    `select id, duration_ms from track
      where duration_ms is not null and id = any (array(select jsonb_array_elements_text(?::jsonb)))`,
    [JSON.stringify([...new Set(tellings.map(({ track }) => track))])],
  );
  return new Map(rows.map(({ id, duration_ms }) => [id, duration_ms]));
}

interface Changes {
  readonly plays: StoredTelling[];
  readonly unused: StoredTelling[];
  /** To be deleted from `play`. */
  readonly notPlays: StoredTelling[];
  /** To be deleted from `unused_telling`. */
  readonly used: StoredTelling[];
}

async function write(em: EntityManager, userId: string, changes: Changes): Promise<void> {
  const { plays, unused, notPlays, used } = changes;
  if (notPlays.length > 0) {
    await em.execute(
      'delete from play where id = any (array(select jsonb_array_elements_text(?::jsonb)::uuid))',
      [JSON.stringify(notPlays.map(({ id }) => id))],
    );
  }
  if (used.length > 0) {
    await em.execute(
      `delete from unused_telling
        using jsonb_to_recordset(?::jsonb) as used(id uuid, sequence bigint)
        where unused_telling.id = used.id and unused_telling.sequence = used.sequence`,
      [JSON.stringify(used.map(({ id, sequence }) => ({ id, sequence })))],
    );
  }
  await writeRows(
    em,
    Play,
    plays.map((telling) => rowOf(userId, telling)),
    'fail',
  );
  await writeRows(
    em,
    UnusedTelling,
    unused.map((telling) => rowOf(userId, telling)),
    'fail',
  );
}

type Row = Omit<InferEntity<typeof Play>, '[OptionalProps]'>;

const rowOf = (userId: string, telling: StoredTelling) =>
  ({
    id: telling.id,
    userId,
    playedAt: new Date(telling.at),
    trackId: telling.track,
    msPlayed: telling.ms,
    source: telling.source,
    named: telling.named?.replace('name:', '') ?? null,
    wholeMinute: telling.wholeMinute,
    brokenOff: telling.brokenOff,
    artist: telling.artist,
    sequence: telling.sequence,
  }) satisfies Partial<Row>;
