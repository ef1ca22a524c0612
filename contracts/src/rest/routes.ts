import { accountRoutes } from './account-routes.js';
import { auditRoutes } from './audit-routes.js';
import { connectionRoutes } from './connection-routes.js';
import { deadLetterRoutes } from './dead-letter-routes.js';
import { keyRoutes } from './encryption-key-routes.js';
import { erasureRoutes } from './erasure-routes.js';
import { exportRoutes } from './export-routes.js';
import { firstVersionRoutes } from './first-version-routes.js';
import { healthRoutes } from './health-routes.js';
import { importRoutes } from './import-routes.js';
import { insightRoutes } from './insight-routes.js';
import { jobRoutes } from './job-routes.js';
import { listeningRoutes } from './listening-routes.js';
import { operationRoutes } from './operation-routes.js';
import { passkeyRoutes } from './passkey-routes.js';
import { promptRoutes } from './prompt-routes.js';
import { providerRoutes } from './provider-routes.js';
import { rebuildRoutes } from './rebuild-routes.js';
import { replayRoutes } from './replay-routes.js';
import { scheduleRoutes } from './schedule-routes.js';
import { signInRoutes } from './sign-in-routes.js';
import { taskRoutes } from './task-routes.js';
import { tokenRoutes } from './token-routes.js';
import { userRoutes } from './user-routes.js';

/** Every route of the public API, in one place. */
export const routes = {
  ...userRoutes,
  ...erasureRoutes,
  ...signInRoutes,
  ...providerRoutes,
  ...passkeyRoutes,
  ...accountRoutes,
  ...auditRoutes,
  ...tokenRoutes,
  ...connectionRoutes,
  ...listeningRoutes,
  ...importRoutes,
  ...exportRoutes,
  ...insightRoutes,
  ...firstVersionRoutes,
  ...promptRoutes,
  ...rebuildRoutes,
  ...replayRoutes,
  ...scheduleRoutes,
  ...deadLetterRoutes,
  ...keyRoutes,
  ...jobRoutes,
  ...operationRoutes,
  ...taskRoutes,
  ...healthRoutes,
} as const;
