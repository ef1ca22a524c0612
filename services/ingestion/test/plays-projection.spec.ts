import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { defineEvent, type EventDefinition, type RecordedEvent } from '@undertone/contracts/event';
import { importHistory } from '@undertone/contracts/jobs/import-history';
import { JobFailed, JobRetrying, JobSucceeded } from '@undertone/contracts/jobs/job';
import { chooseListenThreshold, takeBackImport } from '@undertone/contracts/jobs/renew-plays';
import { playsGroup } from '@undertone/contracts/listening/cache-keys';
import { HistoryImported } from '@undertone/contracts/listening/history-imported';
import { PlaysFetched } from '@undertone/contracts/listening/plays-fetched';
import { listeningAggregate } from '@undertone/contracts/subjects';
import { newId } from '@undertone/platform/ids/ids';
import { requestJob } from '@undertone/platform/jobs/request-job';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { HeldCommits } from '@undertone/platform/test-kit/held-commits';
import { testRedis } from '@undertone/platform/test-kit/infrastructure';
import { inventedRow } from '@undertone/simulators/spotify/invented-export';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { PlaysProjection } from '../src/plays/plays.projection.js';
import { type ImportHarness, startImportHarness } from './import-harness.js';

const PLAYED_AT = '2026-05-01T12:00:00.000Z';
const fetched = (userId: string) => ({
  user_id: userId,
  source: 'spotify' as const,
  fetched_at: '2026-05-02T00:00:00.000Z',
  plays: [{ track_id: 'api', played_at: PLAYED_AT }],
});

describe('the projection of plays', () => {
  let harness: ImportHarness;
  let redis: ReturnType<typeof testRedis>;
  beforeAll(async () => {
    harness = await startImportHarness();
    redis = testRedis(harness.infrastructure);
    await eventually('Redis is connected', () => redis.status === 'ready');
  });
  afterAll(async () => {
    redis.disconnect();
    await harness.stop();
  });

  it('drops what is cached of a person when the plays can be read, and not before', async () => {
    const userId = newId();
    await redis.hset(playsGroup(userId), 'a question', 'an answer from before');
    const commits = await HeldCommits.of(harness.orm(), 'play');
    try {
      await harness.store.append(
        listeningAggregate(userId),
        { definition: PlaysFetched, id: newId(), data: fetched(userId), time: new Date(), source: 'test' },
        0,
      );
      await commits.reached();
      expect(await redis.exists(playsGroup(userId))).toBe(1);
    } finally {
      await commits.release();
    }
    await eventually('it is dropped', async () => (await redis.exists(playsGroup(userId))) === 0);
    expect(await harness.play(userId)).toHaveLength(1);
  });

  it('has nobody decide without what only a newer release can read', async () => {
    const userId = newId();
    const importId = newId();
    const schema = z.object({ user_id: z.string() }).loose();
    const same = { schema, upcast: (data: never) => data };
    const definition = defineEvent({
      context: 'listening',
      name: HistoryImported.name,
      description: 'of a newer release',
      schema,
      older: Array.from({ length: HistoryImported.version }, () => same),
    });
    const data = { user_id: userId, import_id: importId };
    const newer = { definition, id: newId(), data, time: new Date(), source: 'test' };
    await harness.store.append(listeningAggregate(userId), newer, 0);
    // The projection goes on, for everybody.
    await harness.fetched(newId(), fetched('').plays);

    const by = { lane: 'interactive', source: 'test' } as const;
    const rows = Buffer.from(JSON.stringify([inventedRow(1)]));
    const imports = async (more: { dry_run?: true }) => {
      const file = { upload: await harness.upload(rows), file_name: 'Streaming_History_Audio_2026_0.json' };
      return requestJob(harness.store, importHistory, {
        ...by,
        payload: { user_id: userId, ...file, ...more },
      });
    };
    const own = { user_id: userId, import_id: importId };
    const threshold = { min_seconds: 30, min_share: null };
    const jobs = [
      await imports({}),
      await imports({ dry_run: true }),
      await requestJob(harness.store, takeBackImport, { ...by, payload: own }),
      await requestJob(harness.store, chooseListenThreshold, {
        ...by,
        payload: { user_id: userId, threshold },
      }),
    ];
    const waitsFor = (jobId: string) =>
      eventually(`job ${jobId} waits, or has ended`, async () => {
        const events = await harness.jobEvents(jobId);
        const ended = events.find((event) => JobSucceeded.read(event) ?? JobFailed.read(event));
        const waits = events.map((event) => JobRetrying.read(event)).find((retrying) => retrying?.resume_at);
        return ended?.type ?? waits?.problem.code;
      });
    expect(await Promise.all(jobs.map(waitsFor))).toEqual(jobs.map(() => 'UNREADABLE_EVENT'));
  });

  describe('with a fetch and an import of the same play in one batch', () => {
    let sequence = 1_000_000;
    function recorded<T>(definition: EventDefinition<T>, userId: string, data: T): RecordedEvent {
      sequence += 1;
      return {
        id: newId(),
        type: definition.type,
        version: definition.version,
        source: '/undertone/test',
        subject: `${listeningAggregate(userId).prefix}.${definition.subjectToken}`,
        stream: 'LISTENING',
        sequence,
        time: PLAYED_AT,
        data,
      };
    }
    const fetch = (userId: string) => recorded(PlaysFetched, userId, fetched(userId));
    async function importOf(userId: string): Promise<RecordedEvent> {
      const play = { id: newId(), track_id: 'api', played_at: PLAYED_AT, ms_played: 200_000 };
      const names = { track: 'Lantern', artist: 'Moss Choir', album: null };
      return recorded(HistoryImported, userId, {
        import_id: newId(),
        user_id: userId,
        rows: 1,
        kept: 1,
        skipped: {},
        files: [],
        unreadable: [],
        first_played_at: PLAYED_AT,
        last_played_at: PLAYED_AT,
        imported_at: '2026-05-03T00:00:00.000Z',
        streams: await harness
          .storage()
          .put(
            `imports/${newId()}`,
            Readable.from([gzipSync(`${JSON.stringify({ ...play, ...names })}\n`)]),
            Number.POSITIVE_INFINITY,
          ),
      });
    }
    /** Applies batches, each in a transaction. @returns the sources of the rows that they leave. */
    async function applied(userId: string, ...batches: RecordedEvent[][]): Promise<unknown[]> {
      const projection = harness.service.get<PlaysProjection>(PlaysProjection);
      for (const events of batches) {
        await harness
          .orm()
          .em.fork()
          .transactional((em) => projection.apply({ events, em }));
      }
      return (await harness.play(userId)).map(({ source }) => source).sort();
    }

    it.each([
      ['the fetch first', ['export'], (user: string) => [fetch(user), importOf(user)]],
      ['the import first', ['export'], (user: string) => [importOf(user), fetch(user)]],
    ] as const)('keeps the same, whichever was told first: %s', async (_order, sources, make) => {
      const [together, apart] = [newId(), newId()];
      const inOrder = async (user: string) => {
        const events = await Promise.all(make(user));
        // The log numbers them as they stand.
        return events.map((event, index) => ({ ...event, sequence: sequence + index + 1 }));
      };
      expect(await applied(together, await inOrder(together))).toEqual(sources);
      expect(await applied(apart, ...(await inOrder(apart)).map((event) => [event]))).toEqual(sources);
    });
  });
});
