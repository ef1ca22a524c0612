/** Every span and attribute that this system makes up itself; the rest are OpenTelemetry's semantic conventions. */
export const spanNames = {
  append: (event: string) => `append ${event}`,
  job: (type: string) => `job ${type}`,
  project: (projection: string) => `project ${projection}`,
  ask: (subject: string) => `ask ${subject}`,
  answer: (subject: string) => `answer ${subject}`,
} as const;

export const attributes = {
  jobId: 'undertone.job.id',
  jobAttempt: 'undertone.job.attempt',
  eventId: 'undertone.event.id',
  sequence: 'undertone.stream.sequence',
  stream: 'messaging.destination.name',
} as const;
