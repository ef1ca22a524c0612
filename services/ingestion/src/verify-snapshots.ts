import { parseArgs } from 'node:util';
import { openDatabase } from '@undertone/platform/database/open-database';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { createLogger } from '@undertone/platform/logging/logger';
import { connectNats } from '@undertone/platform/nats/connect';
import { openObjectStorage } from '@undertone/platform/objects/open-object-storage';
import { commonSettings, loadSettings } from '@undertone/platform/settings/load-settings';
import { objectStorageSettings } from '@undertone/platform/settings/s3-address';
import { databaseSettings } from '@undertone/platform/settings/server-settings';
import { z } from 'zod';
import { database } from '../mikro-orm.config.js';
import { type Verified, verifySnapshots } from './verify/verify-snapshots.js';

const settingsSchema = z.object({ ...commonSettings, ...objectStorageSettings, ...databaseSettings });

/**
 * Computes snapshots again, with no code of the service's own computing: of one person, or of everybody.
 * @param say is given one line a difference.
 */
export async function verify(
  environment: NodeJS.ProcessEnv,
  userId: string | undefined,
  say: (line: string) => void,
): Promise<Omit<Verified, 'differences'> & { differences: number }> {
  const settings = loadSettings('ingestion verify', settingsSchema, environment);
  const log = createLogger('ingestion', settings.LOG_LEVEL);
  const nats = await connectNats(settings, 'ingestion verify', log);
  const orm = await openDatabase(database, settings, log);
  try {
    const store = await EventStore.open(nats);
    const storage = await openObjectStorage(nats, settings);
    const sum = { snapshots: 0, numbers: 0, differences: 0 };
    for (const id of userId ? [userId] : await everybody(store)) {
      const verified = await verifySnapshots({ orm, store, storage }, id);
      sum.snapshots += verified.snapshots;
      sum.numbers += verified.numbers;
      sum.differences += verified.differences.length;
      for (const line of verified.differences) say(line);
    }
    return sum;
  } finally {
    await orm.close();
    await nats.close();
  }
}

/** Whoever has a snapshot in the log. */
async function everybody(store: EventStore): Promise<string[]> {
  const { state } = await store.manager.streams.info('LISTENING', {
    subjects_filter: 'listening.*.snapshot-computed',
  });
  return Object.keys(state.subjects ?? {}).map((subject) => subject.split('.')[1] ?? '');
}

const HELP = `Computes snapshots a second time, from the event log, the objects of imports and the stored audio features, with formulas
of its own (docs/measures.md), and prints each number that is another one by more than 1e-9. Genres are not in the log and are left out.

  node verify-snapshots.js [--user <id>]     with the service's NATS_URL and DATABASE_URL

Ends with 1 when there is a difference.`;

if (import.meta.main) {
  const { values } = parseArgs({ options: { user: { type: 'string' }, help: { type: 'boolean' } } });
  if (values.help) console.log(HELP);
  else {
    try {
      const { snapshots, numbers, differences } = await verify(process.env, values.user, console.log);
      console.log(`${snapshots} snapshots, ${numbers} numbers, ${differences} differences`);
      process.exitCode = differences > 0 ? 1 : 0;
    } catch (error) {
      console.error(error instanceof Error && 'code' in error ? error.message : error);
      process.exitCode = 1;
    }
  }
}
