import { insightGroup, insightsEpoch, insightsGroup } from '../insight/cache-keys.js';
import { taskGroup } from '../jobs/cache-keys.js';
import { listeningEpoch, playsGroup, snapshotsGroup } from '../listening/cache-keys.js';
import type { AskerName, ServiceName } from '../service-name.js';
import { REVOCATIONS } from '../sign-in/revocations.js';
import type { StreamName, streams } from '../streams.js';

/*
 * Everything that is kept, in one place: whose it is, how a person gets theirs, and how it is erased. The services erase and
 * export what stands here, and nothing else; a test walks the real stores and fails for what does not stand here.
 */

/**
 * Whose it is: `person` where rows or keys are of one person each; `everybody` where it is about no person and all share it;
 * `installation` where it is of whoever runs the installation.
 */
export type Owner = 'person' | 'everybody' | 'installation';

/** How a person gets what is theirs. */
export type Exported =
  | {
      /** Its name in the export, without an extension. */
      readonly as: string;
      /** Columns that stay out: secrets, and what only finds something again. */
      readonly without?: readonly string[];
    }
  /** Why it is not in the export. */
  | { readonly not: string };

/** How it is erased. */
export type Erased =
  /** The rows whose column is the person's id. `andBy`: other columns whose rows go too. */
  | { readonly rowsBy: string; readonly andBy?: readonly string[] }
  /** By code of its service, which says what it does. */
  | { readonly by: string }
  /** It goes by itself, and holds nothing readable of a person until then. */
  | { readonly lapses: string }
  | { readonly nothing: string };

export interface Store {
  readonly owner: Owner;
  readonly exported: Exported;
  readonly erased: Erased;
}

const LOOKED_UP: Store = {
  owner: 'everybody',
  exported: { not: 'what a provider says of music, the same for everybody' },
  erased: { nothing: 'it says nothing of who listened' },
};
const OPERATION: Store = {
  owner: 'installation',
  exported: { not: 'about the system alone' },
  erased: { nothing: 'no row is of a person' },
};
const ofPerson = (as: string, without?: readonly string[]): Store => ({
  owner: 'person',
  exported: { as, ...(without && { without }) },
  erased: { rowsBy: 'user_id' },
});
const untold = (not: string): Store => ({
  owner: 'person',
  exported: { not },
  erased: { rowsBy: 'user_id' },
});

const MIGRATIONS = { migration: OPERATION };
const CHECKPOINTS = { projection_checkpoint: OPERATION };
/** Who did what: it outlives the person, by whose pseudonym nobody is found who is gone. */
const AUDIT: Store = {
  owner: 'installation',
  exported: { not: 'it is for whoever runs the installation, and holds pseudonyms alone' },
  erased: { lapses: 'after AUDIT_RETENTION_DAYS; pseudonyms alone' },
};
const MINUTES = 'it lives for minutes';
const ENDED: Erased = {
  by: 'emptied at once of all but its id, which is listed as revoked; that goes in days',
};

/** The tables of each service's schema; those of a rebuild beside them (`…_shadow`, `…_retired`) are erased with them. */
export const tables = {
  identity: {
    ...MIGRATIONS,
    ...CHECKPOINTS,
    audit_record: AUDIT,
    audit_due: AUDIT,
    registered_user: { owner: 'person', exported: { as: 'profile' }, erased: { rowsBy: 'id' } },
    session: { ...ofPerson('sessions', ['token_hash', 'chain_key']), erased: ENDED },
    api_key: { ...ofPerson('api-keys', ['key_hash']), erased: ENDED },
    passkey: ofPerson('passkeys'),
    linked_account: ofPerson('linked-accounts', ['subject_fingerprint', 'key_id']),
    one_time_code: {
      owner: 'person',
      exported: { not: 'it lives for days, and only its hash is kept' },
      // What an admin issued is good for nothing once they are gone.
      erased: { rowsBy: 'user_id', andBy: ['issued_by'] },
    },
    passkey_challenge: untold(MINUTES),
    provider_sign_in: untold(MINUTES),
    failed_try: {
      owner: 'person',
      exported: { not: 'how often signing in failed, under a keyed fingerprint' },
      erased: {
        lapses: '15 minutes after the last failure, 90 days after signing in; keyed fingerprints alone',
      },
    },
    personal_export: untold('exports themselves'),
    signing_key: OPERATION,
    erasure: {
      owner: 'installation',
      exported: { not: 'it outlives the person, under a pseudonym' },
      erased: { by: 'the person’s id goes when all else is erased; a pseudonym stays' },
    },
  },
  token: {
    ...MIGRATIONS,
    vault_entry: ofPerson('connections', ['access_token', 'refresh_token', 'store_id']),
    person_key: untold('the key that the tokens stand under'),
    token_use: ofPerson('token-uses'),
  },
  ingestion: {
    ...MIGRATIONS,
    ...CHECKPOINTS,
    track: LOOKED_UP,
    artist: LOOKED_UP,
    audio_features: LOOKED_UP,
    unknown_features: LOOKED_UP,
    provider_pause: OPERATION,
    play: ofPerson('plays', ['minute_key']),
    unused_telling: ofPerson('unused-tellings'),
    exported_track: ofPerson('exported-tracks'),
    exported_artist: ofPerson('exported-artists'),
    import_report: ofPerson('imports'),
    listen_threshold: ofPerson('listen-threshold'),
    possible_gap: ofPerson('possible-gaps'),
    kept_list: ofPerson('top-lists'),
    listening_snapshot: ofPerson('snapshots'),
    listening: untold('it follows from the events, which are in the export'),
  },
  insight: {
    ...MIGRATIONS,
    ...CHECKPOINTS,
    generated_insight: ofPerson('insights', ['reuse_scope', 'reuse_key']),
    generation_failure: ofPerson('insight-failures'),
    insight_feedback: ofPerson('insight-feedback'),
    known_snapshot: untold('an index of the snapshots, which are in the export'),
    insight_claim: {
      owner: 'person',
      exported: { not: 'it lives as long as an insight is written' },
      erased: {
        by: 'those of the person’s insights; the others lapse in minutes, and hold a hash and the id of a job',
      },
    },
    model_spending: ofPerson('model-calls'),
    spending_total: {
      owner: 'person',
      exported: { not: 'sums of the model calls, which are in the export' },
      erased: { rowsBy: 'spender' },
    },
    replay: OPERATION,
    replay_item: untold('which snapshots an operator had written again; the insights are in the export'),
    replay_total: OPERATION,
    replay_spending: OPERATION,
  },
  scheduler: {
    ...MIGRATIONS,
    ...CHECKPOINTS,
    background_job: ofPerson('tasks', ['details_sequence']),
    job_total: OPERATION,
    settled_job: {
      owner: 'person',
      exported: { not: 'what an operator decided about a task, which is in the export' },
      erased: { by: 'the rows of the person’s jobs' },
    },
    decided_job: {
      owner: 'person',
      exported: { not: 'which of an operator’s jobs decided about a task, which is in the export' },
      erased: { by: 'the rows of the person’s jobs' },
    },
    dead_letter: {
      owner: 'person',
      exported: { not: 'where a task’s message was given up; the task is in the export' },
      erased: { by: 'the rows of the person’s jobs' },
    },
  },
} as const satisfies Record<ServiceName, Record<string, Store>>;

/** How the messages of a subject are kept and erased. */
export interface SubjectStore extends Store {
  /** Who erases them. */
  readonly service: ServiceName;
}

type StreamSubject = { [S in StreamName]: (typeof streams)[S]['subjects'][number] }[StreamName];

const eventsOf = (service: ServiceName, as: string): SubjectStore => ({
  service,
  owner: 'person',
  exported: { as },
  erased: { by: 'the events of the person’s aggregate, overwritten one by one' },
});
const ofOperator = (service: ServiceName, nothing: string): SubjectStore => ({
  service,
  owner: 'installation',
  exported: { not: 'about the system alone' },
  erased: { nothing },
});
const ofJobs = (exported: Exported): SubjectStore => ({
  service: 'scheduler',
  owner: 'person',
  exported,
  erased: { by: 'the messages of the person’s jobs, overwritten one by one' },
});

/** The subjects of every stream. */
export const subjects: Readonly<Record<StreamSubject, SubjectStore>> = {
  'identity.*.*': eventsOf('identity', 'events/identity'),
  'token.*.*': eventsOf('token', 'events/token'),
  'listening.*.*': eventsOf('ingestion', 'events/listening'),
  'insight.*.*': eventsOf('insight', 'events/insight'),
  'prompt.*.*': ofOperator('insight', 'operators’ texts and choices'),
  'replay.*.*': ofOperator(
    'insight',
    'an order may name ids of people, which lead nowhere once they are erased',
  ),
  'jobs.*.*.*.*': ofJobs({ as: 'events/jobs' }),
  'jobs-waiting.*.*.*': ofJobs({ not: 'when a task goes on' }),
  'jobs-due.*.*.*': ofJobs({ not: 'when a task goes on' }),
  'schedules.definition.*': ofOperator('scheduler', 'when runs for everyone are due'),
  'schedules.fired.*': ofOperator('scheduler', 'when runs for everyone were due'),
  'audit.*.*': { ...AUDIT, service: 'identity' },
  'job-failures.*.*': ofOperator('scheduler', 'counts of jobs by type'),
  'job-totals.*.*': ofOperator('scheduler', 'counts of jobs by day and type'),
  '$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.>': ofOperator('scheduler', 'places in a stream'),
  '$JS.EVENT.ADVISORY.CONSUMER.MSG_TERMINATED.>': ofOperator('scheduler', 'places in a stream, and codes'),
};

/** The first part of objects' keys; the person's id is the second. Ingestion erases them all. */
export const objectPrefixes = {
  uploads: {
    owner: 'person',
    exported: { not: 'the person’s own file; it is deleted when its import ends' },
    erased: { by: 'the objects under the person’s id, overwritten' },
  },
  plays: {
    owner: 'person',
    exported: { not: 'what an import took, and did not: the plays and the rows are in the export' },
    erased: { by: 'the objects under the person’s id, overwritten' },
  },
  exports: {
    owner: 'person',
    exported: { not: 'exports themselves' },
    erased: { by: 'the objects under the person’s id, overwritten' },
  },
} as const satisfies Record<string, Store>;
export type ObjectPrefix = keyof typeof objectPrefixes;

/** Where a person's objects of a kind are. */
export const objectsOf = (prefix: ObjectPrefix, userId: string): string => `${prefix}/${userId}/`;

/** How the keys of a pattern are kept and erased. */
export interface KeyStore extends Store {
  /** Who writes them. */
  readonly service: AskerName;
}

const cachedOf = (service: AskerName): KeyStore => ({
  service,
  owner: 'person',
  exported: { not: 'a copy of rows, which are in the export' },
  erased: { by: 'dropped with the rows; which generation a group is of is known for an hour' },
});
const lapsing = (service: AskerName, owner: Owner, not: string, lapses: string): KeyStore => ({
  service,
  owner,
  exported: { not },
  erased: { lapses },
});

/** The keys in Redis, as its patterns without the prefix that all of them have. */
export const redisKeyPatterns: Readonly<Record<string, KeyStore>> = {
  [snapshotsGroup('*')]: cachedOf('ingestion'),
  [playsGroup('*')]: cachedOf('ingestion'),
  [listeningEpoch]: lapsing('ingestion', 'installation', 'about the system alone', 'never: a random word'),
  'v1:calls:*': lapsing(
    'ingestion',
    'installation',
    'about the system alone',
    'with the window; ids of jobs alone',
  ),
  [insightsGroup('*')]: cachedOf('insight'),
  [insightGroup('*')]: cachedOf('insight'),
  [insightsEpoch]: lapsing('insight', 'installation', 'about the system alone', 'never: a random word'),
  'v1:model-calls:*': lapsing('insight', 'installation', 'about the system alone', 'with the window'),
  [taskGroup('*')]: cachedOf('scheduler'),
  [REVOCATIONS]: lapsing(
    'identity',
    'person',
    'that a session ended',
    'minutes after a session ended; ids alone',
  ),
  'rate:*': lapsing('gateway', 'person', 'how often somebody asked', 'with the window of the limit'),
  'idempotency:*': lapsing(
    'gateway',
    'person',
    'hashes of keys, and which ingest is under way',
    'after a day, or two weeks; hashes and masked ids alone',
  ),
  'idempotency-answer:*': lapsing('gateway', 'installation', 'answers to operators', 'after a day'),
};
