import type { AuditRecord } from '@undertone/contracts/audit/audit';
import type { ServiceKeys } from '@undertone/contracts/encryption-keys';
import type { Profile } from '@undertone/contracts/identity/user';
import type { Insight } from '@undertone/contracts/insight/insight';
import type { LanguageModels } from '@undertone/contracts/insight/language-model';
import type { DeadLetter } from '@undertone/contracts/jobs/dead-letter';
import type { OwnedTask } from '@undertone/contracts/jobs/task';
import { comparison, type SnapshotComparison } from '@undertone/contracts/listening/comparison';
import type { PlayedTrack } from '@undertone/contracts/listening/history';
import type { ShownImport } from '@undertone/contracts/listening/import';
import { featureNames, moodNames, type Snapshot } from '@undertone/contracts/listening/snapshot';
import type { TopEntry } from '@undertone/contracts/listening/top';
import { type Trend, trend } from '@undertone/contracts/listening/trends';
import type { ErasureReceipt } from '@undertone/contracts/personal-data/erasure';
import type { PersonalExport } from '@undertone/contracts/personal-data/personal-export';
import type { PromptOverview, PromptVersion } from '@undertone/contracts/prompt/prompt';
import type { PromptReport } from '@undertone/contracts/prompt/prompt-report';
import type { RebuildState } from '@undertone/contracts/rebuild';
import type { Replay, ReplayOrdered } from '@undertone/contracts/replay/replay';
import type { ReplayReport } from '@undertone/contracts/replay/replay-report';
import type { Schedule } from '@undertone/contracts/schedules/schedule';
import { inventedSnapshot } from '@undertone/contracts/test-kit/invented-snapshot';
import { newId } from '@undertone/platform/ids/ids';

/** Invented, and whole enough to pass the schemas. */
export const exampleSnapshot = (userId: string): Snapshot => inventedSnapshot({ user_id: userId });

const names = {
  name: 'Paper Lantern',
  artists: [{ id: 'artist', name: 'The Moss Choir' }],
  album: 'Tide',
  named_by: 'provider' as const,
};

export const exampleExport = (id: string): PersonalExport => ({
  export_id: id,
  task_id: id,
  status: 'ready',
  requested_at: '2026-11-30T10:00:00.000Z',
  as_of: '2026-11-30T10:00:01.000Z',
  size: 10,
  link: `/api/exports/${'x'.repeat(43)}`,
  expires_at: '2026-12-01T10:00:05.000Z',
});

export const examplePlay = (): PlayedTrack => ({
  play_id: newId(),
  played_at: '2026-11-23T10:00:00.000Z',
  track_id: 'track',
  ...names,
  ms_played: null,
  source: 'simulator',
  mood: 'unknown',
});

export const exampleTopEntry = (rank: number): TopEntry => ({
  rank,
  id: `track-${rank}`,
  ...names,
  plays: 3,
  ms_played: 123_456,
  time_coverage: 0.5,
});

export const exampleTrend = (day: string): Trend =>
  trend.parse({
    from: day,
    to: day,
    starts_at: `${day}T00:00:00Z`,
    ends_at: `${day}T23:00:00Z`,
    plays: 2,
    tracks: 1,
    hours: null,
    time_coverage: 0,
    moods: Object.fromEntries(moodNames.map((mood) => [mood, 0])),
    classifier_version: 'v1',
    audio_features: {
      ...Object.fromEntries(featureNames.map((name) => [`avg_${name}`, null])),
      coverage: 0,
      source: 'none',
    },
  });

export function exampleComparison(a: Snapshot, b: Snapshot): SnapshotComparison {
  const same = { a: 0.5, b: 0.5, change: 0 };
  const side = ({ id, snapshot_date, time_range, created_at }: Snapshot) => ({
    snapshot_id: id,
    snapshot_date,
    time_range,
    created_at,
  });
  const measures = featureNames.flatMap((name) => [`avg_${name}`, `std_${name}`]);
  return comparison.parse({
    user_id: a.user_id,
    a: side(a),
    b: side(b),
    comparable: false,
    mismatches: ['classifier_version'],
    audio_features: Object.fromEntries([...measures, 'coverage'].map((name) => [name, same])),
    mood_patterns: Object.fromEntries(moodNames.map((mood) => [mood, same])),
    mood_diversity_score: { a: null, b: 1, change: null },
    total_tracks_analyzed: same,
    total_plays_analyzed: same,
    top_artists: null,
  });
}

export const exampleInsight = (userId: string): Insight => ({
  id: newId(),
  user_id: userId,
  snapshot_id: newId(),
  insight_type: 'wellness',
  tone_mode: 'supportive',
  prompt_version: '1',
  prompt_hash: '0'.repeat(64),
  llm_model: 'template',
  source: 'simulator',
  structured_output: { title: 'A calm day', body: 'Your music sounded calm.', highlights: [], tips: [] },
  content: 'Your music sounded calm.',
  prompt_tokens: null,
  completion_tokens: null,
  provider_request_id: null,
  generation_ms: 12,
  created_at: '2026-11-23T10:00:00Z',
});

export const exampleModels: LanguageModels = {
  order: ['small', 'template'],
  models: [
    {
      id: 'small',
      provider: 'ollama',
      model: 'llama3.2:3b',
      price: { input_usd_per_million: 0, output_usd_per_million: 0, as_of: '2026-11-23' },
      context_tokens: 8192,
      json_schema: true,
      timeout_seconds: 60,
      requests_per_minute: null,
      health: {
        status: 'down',
        latency_ms: null,
        checked_at: '2026-11-23T10:00:00.000Z',
        detail: 'no answer',
      },
    },
  ],
};

export const exampleTask = (taskId: string): OwnedTask => ({
  user_id: newId(),
  task: {
    task_id: taskId,
    status: 'SUCCESS',
    job_type: 'ingest-listening-data',
    result: { snapshot_id: newId() },
    error: null,
    progress: { percent: 100, message: 'done' },
    attempt: 1,
    created_at: '2026-11-23T10:00:00Z',
    updated_at: '2026-11-23T10:00:05Z',
  },
});

export const exampleDeadLetter = (): DeadLetter => ({
  id: newId(),
  status: 'open',
  stream: 'JOBS',
  stream_sequence: 41,
  consumer: 'insight-insights-bulk',
  deliveries: 5,
  happened_at: '2026-11-24T09:00:00.000Z',
  event_id: newId(),
  event_type: 'undertone.jobs.requested',
  task_id: newId(),
  job_type: 'generate-insight',
  queue: 'insights',
  lane: 'bulk',
  retry_task_id: null,
});

export const exampleReport = (userId: string): ShownImport => ({
  import_id: newId(),
  user_id: userId,
  rows: 3,
  kept: 1,
  skipped: { incognito: 1, unreadable: 1 },
  files: [{ name: 'Streaming_History_Audio_2024_1.json', kind: 'extended', rows: 3, kept: 1 }],
  unreadable: [{ file: 'Streaming_History_Audio_2024_1.json', row: 3, reason: 'ts is no time' }],
  first_played_at: '2024-01-03T18:22:41.000Z',
  last_played_at: '2024-01-03T18:22:41.000Z',
  imported_at: '2026-11-23T10:00:00.000Z',
  snapshots_task_id: newId(),
});

export const registration = (name: string) => ({
  spotify_user_id: name,
  display_name: 'Ada',
  email: `${name}@example.com`,
});

export const exampleProfile = (userId: string): Profile => ({
  handle: 'ada_lovelace',
  user_id: userId,
  spotify_user_id: 'ada',
  display_name: 'Ada',
  time_zone: null,
  language: null,
  first_day_of_week: null,
  run_hours: null,
  tone_mode: null,
  created_at: '2026-11-23T10:00:00Z',
});

export const tokens = (userId: string) => ({
  user_id: userId,
  access_token: 'secret-access',
  refresh_token: 'secret-refresh',
  expires_in: 3600,
  scope: 'user-top-read user-read-recently-played',
});

export const exampleReplay = (): Replay => ({
  id: newId(),
  insight_type: 'wellness',
  prompt_version: 'wellness-v2',
  filter: {},
  canary: null,
  budget: {},
  window: 50,
  activate: 'when_complete',
  status: 'running',
  phase: 'rest',
  pause_reason: null,
  progress: {
    snapshots: 10,
    written: 4,
    failed: 0,
    under_way: 2,
    waiting: 4,
    retries: 0,
    used: { calls: 6, tokens: 1200, usd: null },
    hold_until: null,
    put_back: null,
    per_minute: 4,
    estimated_end: '2026-11-24T09:05:00.000Z',
  },
  requested_at: '2026-11-24T09:00:00.000Z',
  completed_at: null,
  through_sequence: null,
  activated_at: null,
});

export const examplePrompt: PromptOverview = {
  name: 'wellness',
  newest: 2,
  labels: { production: 1, candidate: null },
  experiment: null,
};

export const examplePromptVersion: PromptVersion = {
  name: 'wellness',
  messages: [{ role: 'user', content: 'Write about {{facts}}.' }],
  variables: { facts: 'json' },
  output: 'insight/wellness',
  model: null,
  parameters: {},
  changelog: 'Shorter.',
  number: 2,
  hash: 'ab'.repeat(32),
  origin: 'operator',
  published_at: '2026-11-24T10:00:00.000Z',
};

export const examplePromptReport: PromptReport = {
  name: 'wellness',
  from: null,
  to: null,
  rows: [
    {
      prompt_version: 'wellness-v1',
      number: 1,
      experiment_id: null,
      variant: null,
      insights: 3,
      failures: 1,
      failure_codes: { LLM_REFUSED: 1 },
      failure_rate: 0.25,
      llm_models: ['template'],
      cost_usd: null,
      tokens: { prompt: 0, completion: 0 },
      generation_ms: { median: 2, p95: 3.5 },
      feedback: { helpful: 1, unhelpful: 0, helpful_share: 1, low: 0.2, high: 1 },
    },
  ],
};

export const exampleRebuild = (projection: string): RebuildState => ({
  projection,
  service: 'insight',
  status: 'none',
  sequence: 0,
  target: 0,
  events: 0,
  events_per_second: null,
  tables: [],
  error: null,
  started_at: null,
  updated_at: null,
});

export const exampleOrdered: ReplayOrdered = {
  dry_run: true,
  estimate: {
    snapshots: 3,
    with_insight: 2,
    calls: 3,
    tokens: 900,
    usd: null,
    seconds: null,
    based_on: 'prompt_size',
    sample: 0,
  },
  warnings: ['templates use no prompt'],
  replay: null,
};

const exampleSide: ReplayReport['new'] = {
  prompt_versions: ['wellness-v2'],
  llm_models: ['small'],
  insights: 4,
  failed: 0,
  repaired: { insights: 1, known_for: 4 },
  tokens: 700,
  usd: null,
  generation_ms: { median: 900, p95: 1200 },
  characters: 400,
  feedback: { helpful: 1, unhelpful: 0, helpful_share: 1, low: 0.2, high: 1 },
};

export const exampleReplayReport = (replayId: string): ReplayReport => ({
  replay_id: replayId,
  new: exampleSide,
  old: exampleSide,
  failures: [],
  pairs: [],
});

export const exampleSchedule: Schedule = {
  name: 'ingest-all-users',
  status: 'paused',
  cron: '0 0 3 * * *',
  time_zone: 'Europe/Berlin',
  said_by: 'settings',
  next_at: null,
  last_fired_at: '2026-11-23T02:00:00.000Z',
  last_task_id: newId(),
  last_status: 'SUCCESS',
  last_result: { people: 3, requested: 9 },
};

export const exampleKeys = (service: ServiceKeys['service']): ServiceKeys => ({
  service,
  keys: [
    { id: '0a1b2c3d', encrypts: true, configured: true, rows: 1 },
    { id: null, encrypts: false, configured: false, rows: 2 },
  ],
});

export const exampleReceiptCode = 'r'.repeat(43);
export const exampleReceipt: ErasureReceipt = {
  status: 'done',
  pseudonym: newId(),
  requested_at: '2026-11-23T10:00:00.000Z',
  done_at: '2026-11-23T10:05:00.000Z',
  removed: [{ service: 'ingestion', store: 'table play', removed: 12 }],
  rewritten_at: '2026-11-23T10:06:00.000Z',
  not_rewritten: ['table play'],
  allowed_elsewhere: [{ provider: 'spotify', revoke_at: 'https://www.spotify.com/account/apps/' }],
};

export const exampleAuditRecord: AuditRecord = {
  id: newId(),
  at: '2026-11-30T10:00:00.000Z',
  what: 'changeRoles',
  actor: newId(),
  actor_user_id: null,
  by: 'session',
  is_admin: true,
  credential: newId(),
  subject: newId(),
  subject_user_id: newId(),
  targets: { roles: ['admin'] },
  status: 200,
  code: null,
  denied: null,
};
