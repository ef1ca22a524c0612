import type { EntityManager } from '@mikro-orm/postgresql';
import type { RecordedEvent } from '@undertone/contracts/event';
import { InsightGenerated } from '@undertone/contracts/insight/insight-generated';

/**
 * Where insights stand in lists, newest first. One that a replay wrote stands where the newest of the same snapshot and
 * type stood before: an old day's insight does not come to the top by being written again, and a cursor that was given
 * out before the replay was activated is good after it.
 * @returns the place of an event of the batch.
 */
export async function listPlaces(
  events: readonly RecordedEvent[],
  em: EntityManager,
): Promise<(event: RecordedEvent) => number> {
  const written = events.flatMap((event) => {
    const data = InsightGenerated.read(event);
    return data ? [{ event, data, key: `${data.snapshot_id} ${data.insight_type}` }] : [];
  });
  const replayed = written.flatMap(({ data }) => (data.replay_id === undefined ? [] : [data.snapshot_id]));
  const newest = replayed.length > 0 ? await newestPlaces(replayed, em) : new Map<string, number>();
  const places = new Map<number, number>();
  for (const { event, data, key } of written) {
    const place = data.replay_id === undefined ? event.sequence : (newest.get(key) ?? event.sequence);
    places.set(event.sequence, place);
    newest.set(key, Math.max(place, newest.get(key) ?? 0));
  }
  return (event) => places.get(event.sequence) ?? event.sequence;
}

async function newestPlaces(snapshotIds: readonly string[], em: EntityManager): Promise<Map<string, number>> {
  const rows: { snapshot_id: string; insight_type: string; place: string }[] = await em.execute(
    `select snapshot_id, insight_type, max(position) as place from generated_insight
     where snapshot_id = any(?::uuid[]) group by snapshot_id, insight_type`,
    [`{${snapshotIds.join(',')}}`],
  );
  return new Map(rows.map((row) => [`${row.snapshot_id} ${row.insight_type}`, Number(row.place)]));
}
