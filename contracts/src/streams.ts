/** One JetStream stream, in terms the platform turns into server configuration. */
export interface StreamDefinition {
  readonly name: string;
  readonly description: string;
  readonly subjects: readonly string[];
  /** Absent: kept for ever. */
  readonly maxAgeDays?: number;
  /** The setting of whoever makes the streams that says otherwise. */
  readonly maxAgeSetting?: 'AUDIT_RETENTION_DAYS';
  /** The server puts messages that are scheduled in it where they are to go, at their time. */
  readonly schedules?: true;
  /** The latest message of each subject is kept, and no other. */
  readonly latestOnly?: true;
}

/**
 * Of the streams and consumers of this release; raised with each change of one. It stands in the metadata of what a release
 * configured, and an older release leaves that as it is.
 */
export const definitionsVersion = 9;

/** Every stream of the system, in one place. */
export const streams = {
  IDENTITY: {
    name: 'IDENTITY',
    description: 'What became of users; no name and no address.',
    subjects: ['identity.*.*'],
  },
  TOKEN: {
    name: 'TOKEN',
    description: "A user's link to a provider; no secret.",
    subjects: ['token.*.*'],
  },
  LISTENING: {
    name: 'LISTENING',
    description: "A user's listening: what was fetched and the snapshots computed from it.",
    subjects: ['listening.*.*'],
  },
  INSIGHT: {
    name: 'INSIGHT',
    description:
      'Insights that were written, what their readers said of them, the prompts behind them, and replays.',
    subjects: ['insight.*.*', 'prompt.*.*', 'replay.*.*'],
  },
  JOBS: {
    name: 'JOBS',
    description: 'Requests for long work and what became of them; what waits its turn is scheduled in it.',
    subjects: ['jobs.*.*.*.*', 'jobs-waiting.*.*.*', 'jobs-due.*.*.*'],
    maxAgeDays: 30,
    schedules: true,
  },
  SCHEDULES: {
    name: 'SCHEDULES',
    description: 'When what runs by itself is due, and when it last was.',
    subjects: ['schedules.definition.*', 'schedules.fired.*'],
    schedules: true,
    latestOnly: true,
  },
  ADVISORIES: {
    name: 'ADVISORIES',
    description: 'Messages the server gave up on or a worker ended: dead letters.',
    subjects: [
      '$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.>',
      '$JS.EVENT.ADVISORY.CONSUMER.MSG_TERMINATED.>',
    ],
    maxAgeDays: 30,
  },
  AUDIT: {
    name: 'AUDIT',
    description: 'Who did what about access and as an admin, by pseudonyms, and what was denied.',
    subjects: ['audit.*.*'],
    maxAgeDays: 365,
    maxAgeSetting: 'AUDIT_RETENTION_DAYS',
  },
  UPKEEP: {
    name: 'UPKEEP',
    description:
      'What is known of jobs of a type: when they began to fail often, and totals. It names nobody.',
    subjects: ['job-failures.*.*', 'job-totals.*.*'],
  },
} as const satisfies Record<string, StreamDefinition>;

export type StreamName = keyof typeof streams;

/** The bucket of NATS object storage: the server keeps it in the stream `OBJ_<bucket>`, under `$O.<bucket>.>`. */
export const objectBucket = 'OBJECTS';
