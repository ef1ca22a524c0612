import { backfillSchedule } from './backfill.js';
import { computeExportSnapshots } from './compute-export-snapshots.js';
import { decisionsOnMany } from './decide-many.js';
import { erasePersonJob } from './erase-person.js';
import { exportPerson } from './export-person.js';
import { scheduledJobs } from './for-everyone.js';
import { generateInsight } from './generate-insight.js';
import { importHistory } from './import-history.js';
import { ingestListeningData } from './ingest-listening-data.js';
import type { JobDefinition } from './job.js';
import { refreshToken } from './refresh-token.js';
import { chooseListenThreshold, removeProviderData, takeBackImport } from './renew-plays.js';
import { keyRotations } from './rotate-keys.js';
import { sendWebhook } from './upkeep.js';

/** Every job of the system, for the generated documents and for the tests that guard what the log holds of them. */
export const jobs: readonly JobDefinition[] = [
  ingestListeningData,
  importHistory,
  computeExportSnapshots,
  takeBackImport,
  chooseListenThreshold,
  removeProviderData,
  generateInsight,
  ...Object.values(scheduledJobs),
  backfillSchedule,
  sendWebhook,
  ...Object.values(decisionsOnMany),
  refreshToken,
  ...Object.values(keyRotations),
  exportPerson,
  erasePersonJob,
];
