import type { EntityManager, InferEntity } from '@mikro-orm/postgresql';
import { writeRows } from '@undertone/platform/database/write-rows';
import { isListen, type OwnThreshold } from '../streams/listen-rule.js';
import { keysOf } from '../streams/neighbourhood.js';
import { streamsOf } from '../streams/streams.js';
import type { TrackLengths } from '../streams/track-lengths.js';
import { ownThreshold } from './own-threshold.js';
import { Play } from './play.entity.js';
import { lengthsOf, neighbourhoodsAround, type StoredTelling, tellingsOfTracks } from './stored-telling.js';
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

/**
 * Decides which tellings are plays, of all streams that some of them may speak of, and keeps `play` and `unused_telling` so. What
 * it leaves depends on all that was told and not on the order.
 */
export async function settlePlays(em: EntityManager, userId: string, told: Told): Promise<void> {
  const own = await ownThreshold(em, userId);
  if (own?.min_share == null) {
    await settle(em, userId, told, own);
    return;
  }
  const { fresh = [], gone = [] } = told;
  const keys = [...new Set([...fresh, ...gone].flatMap(keysOf))];
  const before = await lengthsOf(em, userId, keys);
  await settle(em, userId, told, own);
  const after = await lengthsOf(em, userId, keys);
  // Of a track that turns out to have another length, other streams are another share.
  const changed = keys.filter(
    (track) => before.of({ track, named: null }) !== after.of({ track, named: null }),
  );
  const again = await tellingsOfTracks(em, userId, changed);
  await settle(em, userId, { again }, own);
}

async function settle(
  em: EntityManager,
  userId: string,
  { fresh = [], gone = [], again = [] }: Told,
  own: OwnThreshold | null,
): Promise<void> {
  const seeds = [...fresh, ...gone, ...again];
  if (seeds.length === 0) return;
  const touched = await neighbourhoodsAround(em, userId, seeds);
  const [isFresh, isGone] = [new Set(fresh), new Set(gone)];
  const lengths =
    own?.min_share == null ? null : await lengthsOf(em, userId, [...new Set(touched.flat().flatMap(keysOf))]);
  const rule = listenBy(own, lengths);
  const changes: Changes = { plays: [], unused: [], notPlays: [], used: [] };
  for (const tellings of touched) {
    const streams = streamsOf(
      tellings.filter((telling) => !isGone.has(telling)),
      rule,
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

/**
 * The rule for a person's streams.
 * @param lengths null: the threshold asks for none.
 */
export const listenBy =
  (own: OwnThreshold | null, lengths: TrackLengths | null) =>
  (telling: Pick<StoredTelling, 'ms' | 'track' | 'named'>, brokenOff: boolean): boolean =>
    isListen({ ms: telling.ms, brokenOff, durationMs: lengths?.of(telling) }, own);

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
    trackMs: telling.trackMs,
    sequence: telling.sequence,
  }) satisfies Partial<Row>;
