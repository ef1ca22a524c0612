import { setTimeout as sleep } from 'node:timers/promises';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { ObjectReference } from '@undertone/contracts/object-reference';
import type { Logger } from '@undertone/platform/logging/logger';
import { ObjectMissing, type ObjectStorage } from '@undertone/platform/objects/object-storage';
import { oneAhead } from '@undertone/platform/projections/ordered-batches';
import { type ExportStream, readStreams } from './export-streams.js';

const BATCH = 1_000;
/** How often an object is looked for, and how long after each other, before it is taken for lost: what a reader misses may be being written, or not be on every server yet. */
const LOOKS = 5;
const LOOK_AGAIN_MS = 1_000;

/** An import, and where its streams are. */
export interface StoredImport {
  readonly importId: string;
  readonly streams: ObjectReference;
}

/** What is done with the streams of an import, batch by batch. */
export interface StreamReader {
  keep(streams: readonly ExportStream[]): Promise<void>;
}

/**
 * Reads the streams of an import out of its object.
 * @param begin gives what they are told to, within a savepoint: an object that breaks off in the middle leaves nothing.
 * @returns undefined when the object is gone: one person's loss, said in their report, must not stop everybody's plays.
 */
export async function readStored<T extends StreamReader>(
  { em, storage, log }: { em: EntityManager; storage: ObjectStorage; log: Logger },
  { importId, streams }: StoredImport,
  begin: (em: EntityManager) => T,
): Promise<T | undefined> {
  for (let look = 1; ; look += 1) {
    try {
      return await em.transactional(async (inner) => {
        const reader = begin(inner);
        const batches = readStreams(await storage.get(streams), BATCH);
        for await (const batch of oneAhead(batches)) await reader.keep(batch);
        return reader;
      });
    } catch (error) {
      if (!(error instanceof ObjectMissing)) throw error;
      if (look === LOOKS) {
        log.error({ err: error, import_id: importId }, 'the plays of an import are lost');
        return undefined;
      }
      log.warn({ err: error, import_id: importId }, 'the plays of an import are looked for again');
      await sleep(LOOK_AGAIN_MS);
    }
  }
}
