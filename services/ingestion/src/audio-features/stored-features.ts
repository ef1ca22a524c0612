import type { EntityManager } from '@mikro-orm/postgresql';
import { type FeatureSource, featureNames } from '@undertone/contracts/listening/snapshot';
import type { TrackFeatures } from './track-features.js';

/** What was stored of some tracks at one moment. */
export interface FeaturesAt {
  readonly features: ReadonlyMap<string, TrackFeatures>;
  /** ISO 8601 with microseconds, by the database's clock, which also stamps each row's `fetched_at`. */
  readonly at: string;
}

// Writers hold it shared until they commit, a reader takes it alone for a moment: a row is seen by a read if and only
// if it is stamped no later than the read is. Without it a row that is stamped first could become visible last, and
// what was computed could not be computed again.
const LOCK = `hashtext('ingestion.audio_features')`;
const COLUMNS = featureNames.join(', ');

/** Keeps a provider's numbers. Those that are there stay as they are: they are never written over. */
export async function keepFeatures(
  em: EntityManager,
  source: FeatureSource,
  fetched: ReadonlyMap<string, TrackFeatures>,
): Promise<void> {
  if (fetched.size === 0) return;
  // In one order everywhere, so that two that keep the same tracks do not lock each other out.
  const rows = [...fetched]
    .map(([id, features]) => ({ ...features, id }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  await em.transactional(async (tx) => {
    await tx.execute(`select pg_advisory_xact_lock_shared(${LOCK})`);
    await tx.execute(
      `insert into audio_features (track_id, source, ${COLUMNS}, fetched_at)
       select id, ?, ${COLUMNS}, clock_timestamp()
         from jsonb_to_recordset(?::jsonb)
           as r(id text, ${featureNames.map((name) => `${name} double precision`).join(', ')})
       on conflict do nothing`,
      [source, JSON.stringify(rows)],
    );
  });
}

/** What is stored of the tracks now. */
export async function featuresNow(
  em: EntityManager,
  source: FeatureSource,
  trackIds: readonly string[],
): Promise<FeaturesAt> {
  // One statement and its own transaction: it lets go at once, and what it says of the moment stays true.
  const [row] = await em.execute<{ at: string }[]>(
    `with alone as materialized (select pg_advisory_xact_lock(${LOCK}))
     select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at from alone`,
  );
  if (!row) throw new Error('the database did not tell the time');
  return { features: await featuresAt(em, source, trackIds, row.at), at: row.at };
}

/** What was stored of the tracks at a moment, as often as it is asked. */
export async function featuresAt(
  em: EntityManager,
  source: FeatureSource,
  trackIds: readonly string[],
  at: string,
): Promise<Map<string, TrackFeatures>> {
  const rows = await em.execute<(TrackFeatures & { track_id: string })[]>(
    `select track_id, ${COLUMNS} from audio_features
      where source = ? and track_id = any (array(select jsonb_array_elements_text(?::jsonb))) and fetched_at <= ?::timestamptz`,
    [source, JSON.stringify(trackIds), at],
  );
  return new Map(rows.map(({ track_id, ...features }) => [track_id, features]));
}
