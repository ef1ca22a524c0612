import type { EntityManager, MikroORM } from '@mikro-orm/postgresql';
import type { RecordedEvent } from '@undertone/contracts/event';
import { ListeningIngested } from '@undertone/contracts/listening/listening-ingested';
import {
  SnapshotComputed,
  type SnapshotComputedData,
} from '@undertone/contracts/listening/snapshot-computed';
import { listeningAggregate } from '@undertone/contracts/subjects';
import { decideAndAppend, type LoadedState } from '@undertone/platform/event-store/decide-and-append';
import { fold } from '@undertone/platform/event-store/decider';
import type { EventStore } from '@undertone/platform/event-store/event-store';
import { derivedId } from '@undertone/platform/ids/ids';
import { featuresAt } from '../audio-features/stored-features.js';
import type { MoodClassifier } from '../moods/mood-classifier.js';
import { computeSnapshot, type SnapshotContent } from './compute-snapshot.js';
import { type CurrentSnapshots, currentSnapshots, replacementEnvelope } from './current-snapshots.js';
import { type Listened, listenedByLists } from './listened.js';
import { listenedByPlays } from './listened-plays.js';

const PAGE = 500;

export interface Reclassified {
  /** Snapshots that were replaced by one of the classifier. */
  readonly replaced: number;
  /** Snapshots that are left as they are, because what they were computed from is no longer there as it was. */
  readonly left: number;
}

/**
 * Replaces every current snapshot of another classifier by one that is computed from the same facts and the same stored
 * features: nothing but moods and diversity changes. An id derived from the old snapshot's and the classifier, and a
 * decision on the log as it is now: done again, or by two at once, or after a crash in the middle, it adds nothing twice,
 * and a snapshot that somebody else replaced meanwhile stays. In memory is one person's log at a time.
 * @param progress called after each page.
 */
export async function reclassifySnapshots(
  orm: MikroORM,
  store: EventStore,
  classifier: MoodClassifier,
  progress: (sofar: Reclassified) => void = () => {},
): Promise<Reclassified> {
  const em = orm.em.fork();
  let sofar: Reclassified = { replaced: 0, left: 0 };
  for (
    let rows = await page(em, classifier);
    rows.length > 0;
    rows = await page(em, classifier, rows.at(-1))
  ) {
    for (const [userId, own] of Map.groupBy(rows, ({ user_id }) => user_id)) {
      const person = await PersonsSnapshots.load(em, store, userId);
      for (const { sequence } of own) {
        const outcome = await person.reclassify(sequence, classifier);
        if (outcome !== undefined) sofar = { ...sofar, [outcome]: sofar[outcome] + 1 };
      }
    }
    progress(sofar);
  }
  return sofar;
}

interface Row {
  user_id: string;
  sequence: number;
}

function page(em: EntityManager, classifier: MoodClassifier, after?: Row): Promise<Row[]> {
  return em.execute(
    `select user_id, sequence::float8 as sequence from listening_snapshot
      where not superseded and classifier_version <> ? and (user_id, sequence) > (?::uuid, ?)
      order by user_id, sequence limit ?`,
    [
      classifier.version,
      after?.user_id ?? '00000000-0000-0000-0000-000000000000',
      after?.sequence ?? 0,
      PAGE,
    ],
  );
}

class PersonsSnapshots {
  private constructor(
    private readonly em: EntityManager,
    private readonly store: EventStore,
    private readonly userId: string,
    private readonly events: readonly RecordedEvent[],
    private known: LoadedState<CurrentSnapshots>,
  ) {}

  static async load(em: EntityManager, store: EventStore, userId: string): Promise<PersonsSnapshots> {
    const events = await store.read(listeningAggregate(userId));
    const state = fold(currentSnapshots, currentSnapshots.initial, events);
    const known = { state, sequence: events.at(-1)?.sequence ?? 0 };
    return new PersonsSnapshots(em, store, userId, events, known);
  }

  async reclassify(sequence: number, classifier: MoodClassifier): Promise<'replaced' | 'left' | undefined> {
    const old = this.events.find((event) => event.sequence === sequence);
    const replaced = old && SnapshotComputed.read(old);
    if (!old || !replaced) throw new Error(`LISTENING has no snapshot of ${this.userId} at ${sequence}`);
    const content = await this.recompute(old, replaced, classifier);
    if (!content) return 'left';
    const by = {
      ...replaced,
      ...content,
      snapshot_id: derivedId('reclassified', replaced.snapshot_id, classifier.version),
      features_at: featuresMoment(replaced),
      computed_at: new Date().toISOString(),
    };
    const command = { replaced: replaced.snapshot_id, by };
    const decided = await decideAndAppend(this.store, currentSnapshots, {
      aggregate: listeningAggregate(this.userId),
      command,
      envelope: replacementEnvelope(old.id, command),
      load: async () => this.known,
    });
    this.known = decided;
    // Of two who append it at the same moment, the server takes the other's for the same.
    return decided.event && !decided.event.duplicate ? 'replaced' : undefined;
  }

  private async recompute(
    event: RecordedEvent,
    old: SnapshotComputedData,
    classifier: MoodClassifier,
  ): Promise<SnapshotContent | undefined> {
    const listened = await this.listened(event, old);
    if (!listened) return undefined;
    const { source: featureSource } = old.audio_features;
    const ids = listened.tracks.map(({ id }) => id);
    const features = await featuresAt(this.em, featureSource, ids, featuresMoment(old));
    const content = computeSnapshot(listened, { features, featureSource, genres: new Map() }, classifier);
    // The catalogue keeps no earlier genres, so they stay as they were told.
    return { ...content, top_genres: old.top_genres, genre_coverage: old.genre_coverage };
  }

  private async listened(event: RecordedEvent, old: SnapshotComputedData): Promise<Listened | undefined> {
    // The first version did not name its basis: it was the ingest of the same job.
    const basisId = old.basis_event_id ?? derivedId(event.correlationId ?? '', 'ingested');
    const basis = this.events.find(({ id }) => id === basisId);
    if (!basis) return undefined;
    if (old.weighting === 'tracks') {
      const lists = ListeningIngested.read(basis);
      return lists && listenedByLists(lists, old.snapshot_date);
    }
    const period = { range: old.time_range, lastDay: old.snapshot_date, upTo: basis.sequence };
    const plays = await listenedByPlays(this.em, this.userId, period);
    const total = plays?.listened.tracks.reduce((sum, { weight }) => sum + weight, 0);
    // A later import put more exact plays in the place of some of them.
    return total === old.total_plays_analyzed ? plays?.listened : undefined;
  }
}

const featuresMoment = ({ features_at, computed_at }: SnapshotComputedData): string =>
  features_at ?? computed_at;
