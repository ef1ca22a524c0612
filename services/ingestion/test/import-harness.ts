import { mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { consumers } from '@undertone/contracts/consumers';
import { importHistory } from '@undertone/contracts/jobs/import-history';
import type { OwnedTask } from '@undertone/contracts/jobs/task';
import { getImport, type ShownImport } from '@undertone/contracts/listening/import';
import { PlaysFetched, type PlaysFetchedData } from '@undertone/contracts/listening/plays-fetched';
import { type ObjectReference } from '@undertone/contracts/object-reference';
import { objectBucket } from '@undertone/contracts/streams';
import { listeningAggregate } from '@undertone/contracts/subjects';
import { recordOnce } from '@undertone/platform/event-store/record-once';
import { newId } from '@undertone/platform/ids/ids';
import { requestJob } from '@undertone/platform/jobs/request-job';
import { OBJECT_STORAGE } from '@undertone/platform/nest/tokens';
import type { ObjectStorage } from '@undertone/platform/objects/object-storage';
import { ProjectionProgress } from '@undertone/platform/projections/projection-progress';
import { rebuild } from '@undertone/platform/projections/rebuild-command';
import type { SpotifySimulatorOptions } from '@undertone/simulators/spotify/server';
import { rebuildable } from '../src/rebuild.js';
import { type Harness, startHarness } from './harness.js';

/** The ingestion service, and what an import needs around it. */
export type ImportHarness = Harness & Imports;

interface Imports {
  storage(): ObjectStorage;
  upload(bytes: Buffer): Promise<ObjectReference>;
  requestImport(userId: string, upload: ObjectReference, fileName: string): Promise<string>;
  /** Uploads, imports and waits for the end. */
  import(userId: string, bytes: Buffer, fileName?: string): Promise<OwnedTask>;
  /** The report of an import that must have succeeded. */
  imported(userId: string, bytes: Buffer, fileName?: string): Promise<ShownImport>;
  report(importId: string): Promise<ShownImport | null>;
  /** Messages in the bucket: none, when there is no object. */
  objectMessages(): Promise<number>;
  play(userId: string): Promise<Record<string, unknown>[]>;
  /** Records what the API told of plays, and waits until that can be read. */
  fetched(userId: string, plays: PlaysFetchedData['plays']): Promise<void>;
  /** Stops the service, drops its plays, and starts it again; they are as far as the log when this resolves. */
  rebuildPlays(): Promise<void>;
}

export async function startImportHarness(
  settings: Record<string, string> = {},
  options: SpotifySimulatorOptions = {},
): Promise<ImportHarness> {
  const removeFolder = useOwnTemporaryFolder();
  const harness = await startHarness(options, settings);
  harness.onStop(async () => removeFolder());
  const storage = () => harness.service.get<ObjectStorage>(OBJECT_STORAGE);
  const playsReached = (sequence: number) =>
    harness.service
      .get<ProjectionProgress>(ProjectionProgress)
      .reached(consumers.plays, sequence, new AbortController().signal);
  const imports: Imports = {
    storage,
    upload: (bytes) => storage().put(`uploads/${newId()}`, Readable.from([bytes]), Number.POSITIVE_INFINITY),
    requestImport: (userId, upload, fileName) =>
      requestJob(harness.store, importHistory, {
        payload: { user_id: userId, upload, file_name: fileName },
        lane: 'interactive',
        source: 'test',
      }),
    import: async (userId, bytes, fileName = 'my_spotify_data.zip') =>
      harness.ended(await imports.requestImport(userId, await imports.upload(bytes), fileName)),
    imported: async (userId, bytes, fileName) => {
      const { task } = await imports.import(userId, bytes, fileName);
      if (task.status !== 'SUCCESS') throw new Error(`${task.error?.code}: ${task.error?.message}`);
      const report = await imports.report(task.task_id);
      if (!report) throw new Error('there is no report');
      return report;
    },
    report: async (importId) => (await harness.rpc.ask(getImport, { import_id: importId })).report,
    objectMessages: async () =>
      (await harness.store.manager.streams.info(`OBJ_${objectBucket}`)).state.messages,
    play: (userId) =>
      harness
        .orm()
        .em.fork()
        .execute('select * from play where user_id = ? order by played_at, track_id, ms_played', [userId]),
    fetched: async (userId, plays) => {
      const data = {
        user_id: userId,
        source: 'spotify' as const,
        fetched_at: '2026-11-20T00:00:00.000Z',
        plays,
      };
      const event = { definition: PlaysFetched, id: newId(), data, time: new Date(), source: 'test' };
      const { sequence } = await recordOnce(harness.store, listeningAggregate(userId), event, { upTo: 0 });
      await playsReached(sequence);
    },
    rebuildPlays: async () => {
      await harness.service.close();
      await rebuild(rebuildable, ['plays'], harness.environment);
      await harness.start();
      const { stream, filters } = consumers.plays;
      const last = await Promise.all(filters.map((filter) => harness.store.last(stream, filter)));
      await playsReached(Math.max(...last.map((event) => event?.sequence ?? 0)));
    },
  };
  return Object.assign(harness, imports);
}

/** So that no other test's files, of this run or another one, are taken for this one's. */
function useOwnTemporaryFolder(): () => void {
  const { TMPDIR, TEMP, TMP } = process.env;
  const folder = mkdtempSync(join(tmpdir(), 'undertone-test-'));
  Object.assign(process.env, { TMPDIR: folder, TEMP: folder, TMP: folder });
  return () => {
    for (const [name, before] of Object.entries({ TMPDIR, TEMP, TMP })) {
      if (before === undefined) delete process.env[name];
      else process.env[name] = before;
    }
    rmSync(folder, { recursive: true });
  };
}

/** Temporary files of imports: named ones, and ones that only an open descriptor holds. */
export function temporaryFiles(): string[] {
  const isOurs = (path: string) => path.includes('undertone-import-');
  const open = readdirSync('/proc/self/fd').map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return '';
    }
  });
  return [...readdirSync(tmpdir()), ...open].filter(isOurs);
}

/** Sum of a report's counts: must be its rows. */
export const counted = ({ kept, skipped }: Pick<ShownImport, 'kept' | 'skipped'>): number =>
  Object.values(skipped).reduce((sum, count) => sum + count, kept);
