import { ActionTaken } from './audit/action-taken.js';
import { RequestsDenied } from './audit/requests-denied.js';
import type { EventDefinition, RecordedEvent } from './event.js';
import { RefreshTokenReused } from './identity/refresh-token-reused.js';
import { UserRegistered } from './identity/user-registered.js';
import { FeedbackGiven } from './insight/feedback-given.js';
import { GenerationFailed } from './insight/generation-failed.js';
import { InsightGenerated } from './insight/insight-generated.js';
import { SnapshotsForgotten } from './insight/snapshots-forgotten.js';
import { jobFailureEvents } from './job-failures/job-failures.js';
import { JobsCounted } from './job-totals/jobs-counted.js';
import { jobEvents } from './jobs/job.js';
import { HistoryImported } from './listening/history-imported.js';
import { ImportTakenBack } from './listening/import-taken-back.js';
import { ListenThresholdChosen } from './listening/listen-threshold-chosen.js';
import { ListeningIngested } from './listening/listening-ingested.js';
import { PlaysFetched } from './listening/plays-fetched.js';
import { ProviderDataRemoved } from './listening/provider-data-removed.js';
import { SnapshotComputed } from './listening/snapshot-computed.js';
import { SnapshotsWithdrawn } from './listening/snapshots-withdrawn.js';
import { ExperimentStarted } from './prompt/experiment-started.js';
import { ExperimentStopped } from './prompt/experiment-stopped.js';
import { LabelMoved } from './prompt/label-moved.js';
import { PromptPublished } from './prompt/prompt-published.js';
import { replayEvents } from './replay/replay-events.js';
import { ScheduleDefined } from './schedules/schedule-defined.js';
import { ReauthDue } from './token/reauth-due.js';
import { ReauthRequired } from './token/reauth-required.js';
import { TokensRemoved } from './token/tokens-removed.js';
import { TokensStored } from './token/tokens-stored.js';

/** Every event of the system, for the generated documents and for the tests that guard the log's format. */
export const events: readonly EventDefinition[] = [
  UserRegistered,
  RefreshTokenReused,
  TokensStored,
  ReauthRequired,
  ReauthDue,
  TokensRemoved,
  HistoryImported,
  ImportTakenBack,
  ListenThresholdChosen,
  ListeningIngested,
  PlaysFetched,
  ProviderDataRemoved,
  SnapshotComputed,
  SnapshotsWithdrawn,
  InsightGenerated,
  GenerationFailed,
  FeedbackGiven,
  SnapshotsForgotten,
  PromptPublished,
  LabelMoved,
  ExperimentStarted,
  ExperimentStopped,
  ...replayEvents,
  ScheduleDefined,
  ActionTaken,
  RequestsDenied,
  ...jobEvents,
  ...jobFailureEvents,
  JobsCounted,
];

const versions = new Map(events.map(({ type, version }) => [type, version]));

/** Whether an event of the system is of a type and version that this release has a schema of. */
export const isKnown = ({ type, version }: Pick<RecordedEvent, 'type' | 'version'>): boolean =>
  version <= (versions.get(type) ?? 0);

/**
 * Whether this release knows what such an event means: a newer one may have written it. What is no event of the system, as the
 * server's own advisories, is for its reader to judge.
 */
export const isReadable = (event: Pick<RecordedEvent, 'type' | 'version'>): boolean =>
  !event.type.startsWith('undertone.') || isKnown(event);
