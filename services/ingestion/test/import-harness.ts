import { mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { importHistory } from '@undertone/contracts/jobs/import-history';
import type { OwnedTask } from '@undertone/contracts/jobs/task';
import { getImport, type ShownImport } from '@undertone/contracts/listening/import';
import { type ObjectReference } from '@undertone/contracts/object-reference';
import { objectBucket } from '@undertone/contracts/streams';
import { newId } from '@undertone/platform/ids/ids';
import { requestJob } from '@undertone/platform/jobs/request-job';
import { OBJECT_STORAGE } from '@undertone/platform/nest/tokens';
import type { ObjectStorage } from '@undertone/platform/objects/object-storage';
import type { SpotifySimulatorOptions } from '@undertone/simulators/spotify/server';
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
}

export async function startImportHarness(
  settings: Record<string, string> = {},
  options: SpotifySimulatorOptions = {},
): Promise<ImportHarness> {
  const removeFolder = useOwnTemporaryFolder();
  const harness = await startHarness(options, settings);
  harness.onStop(async () => removeFolder());
  const storage = () => harness.service.get<ObjectStorage>(OBJECT_STORAGE);
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
