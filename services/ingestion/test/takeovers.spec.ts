import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { createGunzip, gzipSync } from 'node:zlib';
import { MikroORM } from '@mikro-orm/postgresql';
import { HistoryImported } from '@undertone/contracts/listening/history-imported';
import { listeningAggregate } from '@undertone/contracts/subjects';
import { newId } from '@undertone/platform/ids/ids';
import { SETTINGS } from '@undertone/platform/nest/tokens';
import type { ObjectStorage } from '@undertone/platform/objects/object-storage';
import { ProjectionProgress } from '@undertone/platform/projections/projection-progress';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { silent } from '@undertone/platform/test-kit/infrastructure';
import { inventedRow, inventedRows } from '@undertone/simulators/spotify/invented-export';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ImportHistoryJob } from '../src/imports/import-history.job.js';
import { ImportLog } from '../src/imports/import-log.js';
import { type ImportHarness, startImportHarness } from './import-harness.js';

const json = (rows: readonly unknown[]) => Buffer.from(JSON.stringify(rows));
const AUDIO = 'Streaming_History_Audio_2019_0.json';
/** Whose plays take several chunks of an object. */
const ROWS = 20_000;

describe('an import that another worker took over', () => {
  let harness: ImportHarness;
  beforeAll(async () => {
    harness = await startImportHarness();
  });
  afterAll(() => harness.stop());

  /** The job's handler in a replica that sleeps when it is about to write, and wakes when the test says so. */
  function sleeper() {
    const reached = Promise.withResolvers<void>();
    const woken = Promise.withResolvers<void>();
    const storage: ObjectStorage = Object.create(harness.storage(), {
      put: {
        value: async (...given: Parameters<ObjectStorage['put']>) => {
          reached.resolve();
          await woken.promise;
          return harness.storage().put(...given);
        },
      },
    });
    const handler = new ImportHistoryJob(
      storage,
      harness.store,
      harness.service.get(ImportLog),
      harness.service.get(ProjectionProgress),
      harness.service.get(MikroORM),
      harness.service.get(SETTINGS),
    );
    return { handler, reached: reached.promise, wake: woken.resolve };
  }

  it('leaves the plays that the log refers to as they are, also for somebody who is reading them', async () => {
    const userId = newId();
    const upload = await harness.upload(json(inventedRows(ROWS)));
    const jobId = newId();
    const context = {
      jobId,
      userId,
      payload: { user_id: userId, upload, file_name: AUDIO },
      lane: 'interactive' as const,
      requestedAt: new Date(),
      attempt: 1,
      signal: new AbortController().signal,
      confirm: async () => undefined,
      log: silent,
      progress: () => undefined,
    };
    const asleep = sleeper();
    const late = asleep.handler.import(context);
    await asleep.reached;
    const other = sleeper();
    other.wake();
    expect(await other.handler.import({ ...context, attempt: 2 })).toMatchObject({ kept: ROWS });

    const [event] = await harness.listening(userId);
    const plays = event && HistoryImported.read(event)?.streams;
    if (!plays) throw new Error('no streams');
    const reading = (await harness.storage().get(plays))[Symbol.asyncIterator]();
    const chunks: Buffer[] = [(await reading.next()).value];
    const kept = await harness.objectMessages();
    asleep.wake();
    expect(await late).toMatchObject({ kept: ROWS });
    for (let step = await reading.next(); !step.done; step = await reading.next()) chunks.push(step.value);
    const lines = await buffer(Readable.from(chunks).pipe(createGunzip()));
    expect(lines.toString().trim().split('\n')).toHaveLength(ROWS);
    expect(chunks.length).toBeGreaterThan(2);
    // What the late one wrote is gone again.
    expect(await harness.objectMessages()).toBe(kept);
    expect(await harness.report(jobId)).not.toHaveProperty('plays_lost');
    expect(await harness.play(userId)).toHaveLength(ROWS);
  });

  it('is not lost because its plays could not be read for a moment', async () => {
    const userId = newId();
    const { ts } = inventedRow(1);
    const playedAt = new Date(String(ts)).toISOString();
    const play = {
      id: newId(),
      track_id: 'a track',
      played_at: playedAt,
      ms_played: 200_000,
      track: 'Lantern',
      artist: 'Moss Choir',
      album: null,
    };
    const bytes = gzipSync(`${JSON.stringify(play)}\n`);
    const key = `plays/${userId}/${newId()}`;
    const put = () => harness.storage().put(key, Readable.from([bytes]), Number.POSITIVE_INFINITY);
    const plays = await put();
    await harness.storage().delete(key);
    const importId = newId();
    let looks = 0;
    const get = harness.storage().get.bind(harness.storage());
    harness.storage().get = (reference) => {
      if (reference.key === key) looks += 1;
      return get(reference);
    };
    await harness.store.append(
      listeningAggregate(userId),
      {
        definition: HistoryImported,
        id: newId(),
        time: new Date(),
        source: 'test',
        data: {
          import_id: importId,
          user_id: userId,
          rows: 1,
          kept: 1,
          skipped: {},
          files: [],
          unreadable: [],
          first_played_at: playedAt,
          last_played_at: playedAt,
          imported_at: new Date().toISOString(),
          streams: plays,
        },
      },
      0,
    );
    await eventually('the projection missed it', () => looks > 0);
    await put();
    const report = await eventually(
      'it is in the read model',
      async () => (await harness.report(importId)) ?? false,
    );
    expect(report).not.toHaveProperty('plays_lost');
    expect(await harness.play(userId)).toHaveLength(1);
  });
});
