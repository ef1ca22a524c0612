import { listAudit } from './audit/rpc.js';
import { keyQuestions } from './encryption-keys.js';
import { healthOf } from './health.js';
import {
  changePreferences,
  getProfile,
  listCalendars,
  listUsers,
  registerByToken,
  registerUser,
  userExists,
} from './identity/rpc.js';
import { forgetSnapshots, getInsight, giveFeedback, listInsights, listModels } from './insight/rpc.js';
import { listJobTotals } from './job-totals/job-totals.js';
import { planBackfill } from './jobs/backfill.js';
import { discardDeadLetter, getDeadLetter, listDeadLetters, retryDeadLetter } from './jobs/dead-letter.js';
import { countJobs, countTasks, listJobs, listTasks } from './jobs/listed-task.js';
import { cancelJob, cancelTask, getTask, retryJob, retryTask } from './jobs/task.js';
import { getJob, getTaskTimeline } from './jobs/timeline.js';
import { compareSnapshots } from './listening/comparison.js';
import { listHistory } from './listening/history.js';
import { getImport, listImportRows, listImports } from './listening/import.js';
import { getListenThreshold } from './listening/listen-threshold.js';
import { getSnapshot, listSnapshots, newestSnapshots } from './listening/rpc.js';
import { listTop } from './listening/top.js';
import { listTrends } from './listening/trends.js';
import { projectionQuestions } from './operations/projection.js';
import { listQueues, pauseQueue } from './operations/queue.js';
import { systemQuestions } from './operations/system.js';
import { workerQuestions } from './operations/worker.js';
import {
  beginErasure,
  eraseAgain,
  erasureQuestions,
  getErasure,
  knownPeopleQuestions,
  listErasures,
  rewriteQuestions,
} from './personal-data/erasure.js';
import { exportQuestions } from './personal-data/export-pages.js';
import { beginExport, getArchive, getExport } from './personal-data/personal-export.js';
import {
  getPrompt,
  listPrompts,
  movePromptLabel,
  publishPrompt,
  reportOnPrompt,
  startExperiment,
  stopExperiment,
} from './prompt/rpc.js';
import { rebuildQuestions } from './rebuild.js';
import { controlReplay, getReplay, getReplayReport, listReplays, orderReplay } from './replay/rpc.js';
import type { RpcDefinition } from './rpc.js';
import {
  changeSchedule,
  listSchedules,
  pauseSchedule,
  pauseSchedules,
  resetSchedule,
} from './schedules/schedule.js';
import { serviceNames } from './service-name.js';
import {
  addPasskey,
  listPasskeys,
  removePasskey,
  signInByPasskey,
  startPasskey,
  startPasskeySignIn,
} from './sign-in/passkey-rpc.js';
import {
  finishProviderSignIn,
  listLinks,
  removeLink,
  startLink,
  startProviderSignIn,
} from './sign-in/provider-rpc.js';
import {
  changePassword,
  changeRoles,
  createApiKey,
  createInvitation,
  createPasswordCode,
  endAllSessions,
  endSession,
  getApiKey,
  listAccounts,
  listApiKeys,
  listCodes,
  listRevoked,
  listSessions,
  listSigningKeys,
  mailPasswordCode,
  refreshSession,
  revokeApiKey,
  setPassword,
  signIn,
  withdrawCode,
} from './sign-in/rpc.js';
import { listWaysIn } from './sign-in/ways-in.js';
import {
  accessToken,
  expiringTokens,
  lendToken,
  linkedUsers,
  listConnections,
  listTokenUses,
  removeConnection,
  storeTokens,
} from './token/rpc.js';

/** Every question that services answer; a test finds one that is declared and missing here. */
export const questions: readonly RpcDefinition[] = [
  registerUser,
  registerByToken,
  userExists,
  listUsers,
  listCalendars,
  getProfile,
  changePreferences,
  listWaysIn,
  signIn,
  startProviderSignIn,
  finishProviderSignIn,
  startLink,
  listLinks,
  removeLink,
  refreshSession,
  listSessions,
  endSession,
  endAllSessions,
  changePassword,
  setPassword,
  mailPasswordCode,
  startPasskey,
  addPasskey,
  listPasskeys,
  removePasskey,
  startPasskeySignIn,
  signInByPasskey,
  createApiKey,
  listApiKeys,
  revokeApiKey,
  getApiKey,
  listSigningKeys,
  listRevoked,
  listAccounts,
  createInvitation,
  createPasswordCode,
  listCodes,
  withdrawCode,
  changeRoles,
  listAudit,
  storeTokens,
  lendToken,
  accessToken,
  linkedUsers,
  expiringTokens,
  listConnections,
  removeConnection,
  listTokenUses,
  listSnapshots,
  getSnapshot,
  newestSnapshots,
  compareSnapshots,
  listHistory,
  listTrends,
  listTop,
  getImport,
  listImports,
  listImportRows,
  getListenThreshold,
  listInsights,
  getInsight,
  listModels,
  giveFeedback,
  forgetSnapshots,
  publishPrompt,
  listPrompts,
  getPrompt,
  movePromptLabel,
  startExperiment,
  stopExperiment,
  reportOnPrompt,
  orderReplay,
  listReplays,
  getReplay,
  getReplayReport,
  controlReplay,
  getTask,
  listTasks,
  countTasks,
  getTaskTimeline,
  listJobs,
  countJobs,
  listJobTotals,
  getJob,
  cancelTask,
  retryTask,
  cancelJob,
  retryJob,
  listDeadLetters,
  getDeadLetter,
  retryDeadLetter,
  discardDeadLetter,
  listSchedules,
  pauseSchedule,
  pauseSchedules,
  changeSchedule,
  resetSchedule,
  planBackfill,
  ...serviceNames.map(healthOf),
  listQueues,
  pauseQueue,
  ...workerQuestions,
  ...projectionQuestions,
  ...systemQuestions,
  getErasure,
  listErasures,
  eraseAgain,
  ...erasureQuestions,
  ...knownPeopleQuestions,
  ...rewriteQuestions,
  ...rebuildQuestions,
  ...keyQuestions,
  beginExport,
  getExport,
  getArchive,
  ...exportQuestions,
  // The last one: the test of access asks it for the person whom it asks for everything else.
  beginErasure,
] as unknown as readonly RpcDefinition[];
