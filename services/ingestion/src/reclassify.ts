import { openDatabase } from '@undertone/platform/database/open-database';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { createLogger } from '@undertone/platform/logging/logger';
import { connectNats } from '@undertone/platform/nats/connect';
import { commonSettings, loadSettings } from '@undertone/platform/settings/load-settings';
import { databaseSettings, natsSettings } from '@undertone/platform/settings/server-settings';
import { z } from 'zod';
import { database } from '../mikro-orm.config.js';
import { classifiers } from './moods/classifiers.js';
import { ingestionSettings } from './settings.js';
import { type Reclassified, reclassifySnapshots } from './snapshots/reclassify-snapshots.js';

const settingsSchema = z.object({
  LOG_LEVEL: commonSettings.LOG_LEVEL,
  ...natsSettings,
  MOOD_CLASSIFIER: ingestionSettings.shape.MOOD_CLASSIFIER,
  ...databaseSettings,
});

/**
 * Brings all current snapshots to the classifier that `MOOD_CLASSIFIER` names, while the service runs.
 * @throws {InvalidSettings}
 */
export async function reclassify(environment: NodeJS.ProcessEnv): Promise<Reclassified> {
  const settings = loadSettings('ingestion reclassify', settingsSchema, environment);
  const log = createLogger('ingestion', settings.LOG_LEVEL);
  const nats = await connectNats(settings, 'ingestion reclassify', log);
  const orm = await openDatabase(database, settings, log);
  try {
    const classifier = classifiers[settings.MOOD_CLASSIFIER];
    return await reclassifySnapshots(orm, await EventStore.open(nats), classifier, (sofar) =>
      log.info({ ...sofar, classifier: classifier.version }, 'snapshots reclassified so far'),
    );
  } finally {
    await orm.close();
    await nats.close();
  }
}

if (import.meta.main) {
  if (process.argv.length > 2) {
    console.log(`Computes all current snapshots again with the mood classifier that MOOD_CLASSIFIER names, from the log and
the stored features. Set it for the service first and start that anew; then, while it runs:

  node reclassify.js                with the service's NATS_URL, DATABASE_URL and MOOD_CLASSIFIER

It can be stopped and started again at any moment.`);
    process.exitCode = process.argv.includes('--help') ? 0 : 1;
  } else {
    try {
      const { replaced, left } = await reclassify(process.env);
      console.log(
        `${replaced} snapshots replaced, ${left} left as they are: their plays were replaced by a later import`,
      );
    } catch (error) {
      console.error(error instanceof Error && 'code' in error ? error.message : error);
      process.exitCode = 1;
    }
  }
}
