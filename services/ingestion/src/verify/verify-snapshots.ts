import type { EntityManager, MikroORM } from '@mikro-orm/postgresql';
import type { RecordedEvent } from '@undertone/contracts/event';
import { listeningAggregate } from '@undertone/contracts/subjects';
import type { EventStore } from '@undertone/platform/event-store/event-store';
import type { ObjectStorage } from '@undertone/platform/objects/object-storage';
import { artistKey, namesKey } from '../play-keys/track-key.js';
import { expectedNumbers, type Features, type Heard, MEASURES } from './expected-numbers.js';
import { PlaysOfLog } from './plays-of-log.js';

const TOLERANCE = 1e-9;

export interface Verified {
  readonly snapshots: number;
  readonly numbers: number;
  /** One line for each number that is another one. */
  readonly differences: readonly string[];
}

// Events as they lie in the log; what is not there is not asked for.
// biome-ignore lint/suspicious/noExplicitAny: this program trusts no schema of the service it checks.
type Data = any;
const nameOf = ({ type }: RecordedEvent): string => type.split('.').at(-1) ?? '';

/** Computes every snapshot of a person's log again, from the events before it and the stored features. */
export async function verifySnapshots(
  { orm, store, storage }: { orm: MikroORM; store: EventStore; storage: ObjectStorage },
  userId: string,
): Promise<Verified> {
  const em = orm.em.fork();
  const events = await store.read(listeningAggregate(userId));
  const plays = new PlaysOfLog(storage, await namesOfTracks(em, userId));
  for (const [place, event] of events.entries()) {
    const data: Data = event.data;
    if (nameOf(event) === 'history-imported') {
      // Of version 1 the plays alone.
      await plays.imported(place, data, data.streams ?? data.plays ?? null);
    } else if (nameOf(event) === 'import-taken-back') plays.tookBack(place, data.import_id);
    else if (nameOf(event) === 'listen-threshold-chosen') plays.chose(place, data.threshold);
    else if (Array.isArray(data.plays)) plays.told(place, data, data.plays);
  }
  const differences: string[] = [];
  let snapshots = 0;
  let numbers = 0;
  for (const event of events.filter((one) => nameOf(one) === 'snapshot-computed')) {
    const snapshot: Data = event.data;
    // A first version tells neither its basis nor what it counted: it was the list of the same job.
    const basis = events.findIndex((one) =>
      snapshot.basis_event_id
        ? one.id === snapshot.basis_event_id
        : one.correlationId === event.correlationId && nameOf(one) === 'listening-ingested',
    );
    const say = (what: string) => differences.push(`${snapshot.snapshot_id} ${what}`);
    snapshots += 1;
    if (basis < 0) {
      say('rests on an event that is not in the log');
      continue;
    }
    const countsPlays = snapshot.weighting === 'plays';
    const tracks = countsPlays ? plays.heard(snapshot.period, basis) : listed(events[basis]?.data);
    const features = await storedFeatures(em, snapshot, [...tracks.keys()]);
    const heard: Heard[] = [...tracks].map(([id, { times }]) => ({ times, features: features.get(id) }));
    const expected = expectedNumbers(heard, snapshot.classifier_version, countsPlays);
    for (const [path, number] of countsPlays ? [...expected, ...artistNumbers(tracks)] : expected) {
      const stored = path.split('.').reduce((inside: Data, key) => inside?.[key], snapshot);
      if (stored === undefined && event.version === 1) continue;
      // Snapshots of earlier releases say how often a mood occurs and not how firmly.
      if (stored === undefined && path.endsWith('.confidence')) continue;
      numbers += 1;
      const isSame =
        number === null || stored === null || stored === undefined
          ? stored === number
          : Math.abs(stored - number) <= TOLERANCE;
      if (!isSame) say(`${path}: stored ${stored}, computed again ${number}`);
    }
  }
  return { snapshots, numbers, differences };
}

/** What providers call a person's tracks. */
async function namesOfTracks(em: EntityManager, userId: string) {
  const rows = await em.execute<{ id: string; name: string; artist: string | null }[]>(
    `select id, name, artists -> 0 ->> 'name' as artist from track
      where id in (select track_id from play where user_id = ? union select track_id from unused_telling where user_id = ?)`,
    [userId, userId],
  );
  return new Map(rows.map(({ id, name, artist }) => [id, artist ? namesKey(artist, name) : null]));
}

const listed = (lists: Data): Map<string, { times: number; artist: string | null }> =>
  new Map(lists.top_tracks.map((id: string) => [id, { times: 1, artist: null }]));

async function storedFeatures(
  em: EntityManager,
  snapshot: Data,
  trackIds: readonly string[],
): Promise<Map<string, Features>> {
  const rows = await em.execute<(Features & { track_id: string })[]>(
    `select track_id, ${MEASURES.join(', ')} from audio_features
      where source = ? and fetched_at <= ?::timestamptz
        and track_id = any (array(select jsonb_array_elements_text(?::jsonb)))`,
    [snapshot.audio_features.source, snapshot.features_at ?? snapshot.computed_at, JSON.stringify(trackIds)],
  );
  return new Map(rows.map((row) => [row.track_id, row]));
}

/** Counts of the artists, each at its place in the list. */
function artistNumbers(
  tracks: ReadonlyMap<string, { times: number; artist: string | null }>,
): Map<string, number> {
  const artists = new Map<string, { plays: number; tracks: number }>();
  for (const { times, artist } of tracks.values()) {
    if (artist === null) continue;
    const known = artists.get(artistKey(artist)) ?? { plays: 0, tracks: 0 };
    artists.set(artistKey(artist), { plays: known.plays + times, tracks: known.tracks + 1 });
  }
  const ranked = [...artists.values()].sort((a, b) => b.plays - a.plays || b.tracks - a.tracks).slice(0, 50);
  return new Map([
    ['top_artists.length', ranked.length],
    ...ranked.flatMap((artist, place): [string, number][] => [
      [`top_artists.${place}.play_count`, artist.plays],
      [`top_artists.${place}.track_count`, artist.tracks],
    ]),
  ]);
}
