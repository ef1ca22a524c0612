/**
 * Subject grammar: `<context>.<aggregate id>.<event name>`. Every append for an aggregate expects the last
 * sequence of the one filter given here; two different filters for one aggregate would race on replicated
 * streams.
 */

/** A stream's slice that is decided on as one: where its events go and the filter that guards them. */
export interface Aggregate {
  readonly stream: string;
  /** `<context>.<id>` */
  readonly prefix: string;
  /** `<context>.<id>.>`, the only filter used in an expectation. */
  readonly filter: string;
}

const aggregate = (stream: string, prefix: string): Aggregate => ({ stream, prefix, filter: `${prefix}.>` });

export const userAggregate = (userId: string): Aggregate => aggregate('IDENTITY', `identity.${userId}`);
export const tokenAggregate = (userId: string): Aggregate => aggregate('TOKEN', `token.${userId}`);
export const listeningAggregate = (userId: string): Aggregate =>
  aggregate('LISTENING', `listening.${userId}`);
export const insightAggregate = (userId: string): Aggregate => aggregate('INSIGHT', `insight.${userId}`);

/** A prompt, by the type of insight that it asks for. */
export const promptAggregate = (name: string): Aggregate => aggregate('INSIGHT', `prompt.${name}`);

/** One run of a prompt's version over past snapshots. */
export const replayAggregate = (replayId: string): Aggregate => aggregate('INSIGHT', `replay.${replayId}`);

/** What somebody did, by their pseudonym. Nothing is decided by it. */
export const auditAggregate = (actor: string): Aggregate => aggregate('AUDIT', `audit.${actor}`);

/** Whether jobs of a type fail often. */
export const jobFailuresAggregate = (jobType: string): Aggregate =>
  aggregate('UPKEEP', `job-failures.${jobType}`);

/** What became of the jobs that ended on a day. */
export const jobTotalsAggregate = (day: string): Aggregate => aggregate('UPKEEP', `job-totals.${day}`);

/** A schedule is its latest definition, so its aggregate is one subject. */
export const scheduleSubjects = (name: string) =>
  ({
    stream: 'SCHEDULES',
    definition: `schedules.definition.${name}`,
    /** Where the server puts a message each time that the schedule is due. */
    fired: `schedules.fired.${name}`,
  }) as const;

/** Of any queue and lane: a newer release may have others than this one. */
export const jobAggregate = (queue: string, lane: string, jobId: string): Aggregate =>
  aggregate('JOBS', `jobs.${queue}.${lane}.${jobId}`);

/** Everything of one job, whatever its queue and lane: for a reader that has the id alone. */
export const anyJobFilter = (jobId: string): string => `jobs.*.*.${jobId}.>`;

/** Where a job waits, whatever its queue and lane. */
export const anyWaitFilters = (jobId: string): readonly string[] => [
  `jobs-waiting.*.*.${jobId}`,
  `jobs-due.*.*.${jobId}`,
];

/**
 * Where a job waits its turn. Neither is a subject of the job's own events, so that what the server writes by itself is in
 * nobody's way who appends to the job.
 */
export const jobWaitSubjects = (queue: string, lane: string, jobId: string) =>
  ({
    /** The schedule: one a job, and a later one takes its place. */
    waiting: `jobs-waiting.${queue}.${lane}.${jobId}`,
    /** Where the server puts a message when the job is due; the lane's worker consumes it. */
    due: `jobs-due.${queue}.${lane}.${jobId}`,
  }) as const;

const jobSubject = /^jobs\.([^.]+)\.([^.]+)\.([0-9a-f-]{36})\.\w+$/;

/** The parts of a job's subject, whichever release knows its queue and lane. @throws {Error} when the subject is not a job's. */
export function parseJobSubject(subject: string): { queue: string; lane: string; jobId: string } {
  const match = jobSubject.exec(subject);
  if (!match) throw new Error(`not a job's subject: ${subject}`);
  return { queue: match[1] as string, lane: match[2] as string, jobId: match[3] as string };
}

const dueSubject = /^jobs-due\.([^.]+)\.([^.]+)\.([0-9a-f-]{36})$/;

/** The job that is due, by the subject of a message that says so; undefined when the subject is another. */
export function parseDueSubject(subject: string): { queue: string; lane: string; jobId: string } | undefined {
  const match = dueSubject.exec(subject);
  if (!match) return undefined;
  return { queue: match[1] as string, lane: match[2] as string, jobId: match[3] as string };
}

/** Whether every subject of `narrow` (a subject or a filter) is also one of `wide`. */
export function covers(wide: string, narrow: string): boolean {
  const w = wide.split('.');
  const n = narrow.split('.');
  for (const [i, token] of w.entries()) {
    if (token === '>') return n.length > i;
    const other = n[i];
    if (other === undefined || other === '>') return false;
    if (token !== '*' && token !== other) return false;
  }
  return n.length === w.length;
}
