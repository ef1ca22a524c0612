import { healthOf } from '@undertone/contracts/health';
import { listUsers, registerUser, userExists } from '@undertone/contracts/identity/rpc';
import { getInsight, giveFeedback, listInsights, listModels } from '@undertone/contracts/insight/rpc';
import {
  discardDeadLetter,
  getDeadLetter,
  listDeadLetters,
  retryDeadLetter,
} from '@undertone/contracts/jobs/dead-letter';
import { getTask } from '@undertone/contracts/jobs/task';
import { keyQuestions } from '@undertone/contracts/keys';
import { compareSnapshots } from '@undertone/contracts/listening/comparison';
import { listHistory } from '@undertone/contracts/listening/history';
import { getImport } from '@undertone/contracts/listening/import';
import { getSnapshot, listSnapshots, newestSnapshots } from '@undertone/contracts/listening/rpc';
import { listTop } from '@undertone/contracts/listening/top';
import { listTrends } from '@undertone/contracts/listening/trends';
import {
  getPrompt,
  listPrompts,
  movePromptLabel,
  publishPrompt,
  reportOnPrompt,
  startExperiment,
  stopExperiment,
} from '@undertone/contracts/prompt/rpc';
import { rebuildQuestions } from '@undertone/contracts/rebuild';
import {
  controlReplay,
  getReplay,
  getReplayReport,
  listReplays,
  orderReplay,
} from '@undertone/contracts/replay/rpc';
import type { RpcDefinition } from '@undertone/contracts/rpc';
import { listSchedules, pauseSchedule } from '@undertone/contracts/schedules/schedule';
import { serviceNames } from '@undertone/contracts/service-name';
import { accessToken, linkedUsers, storeTokens } from '@undertone/contracts/token/rpc';

/** Every question of the system; a test finds one that is declared and missing here. */
export const rpcDefinitions: readonly RpcDefinition[] = [
  registerUser,
  userExists,
  listUsers,
  storeTokens,
  accessToken,
  linkedUsers,
  listSnapshots,
  getSnapshot,
  newestSnapshots,
  compareSnapshots,
  listHistory,
  listTrends,
  listTop,
  getImport,
  listInsights,
  getInsight,
  listModels,
  giveFeedback,
  listModels,
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
  listDeadLetters,
  getDeadLetter,
  retryDeadLetter,
  discardDeadLetter,
  listSchedules,
  pauseSchedule,
  ...serviceNames.map(healthOf),
  ...rebuildQuestions,
  ...keyQuestions,
] as unknown as readonly RpcDefinition[];
