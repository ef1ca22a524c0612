import type { EventDefinition } from '@undertone/contracts/event';

/** Where an event is written: `identity.{userId}.user-registered`. Job events but the request share one subject. */
export function addressOf(event: EventDefinition): string {
  if (event.context === 'prompt') return `prompt.{name}.${event.name}`;
  if (event.context === 'replay') return `replay.{replayId}.${event.name}`;
  if (event.context === 'audit') return `audit.{actor}.${event.name}`;
  if (event.context === 'job-failures') return `job-failures.{jobType}.${event.name}`;
  if (event.context === 'job-totals') return `job-totals.{day}.${event.name}`;
  if (event.context === 'schedules') return `schedules.${event.subjectToken}.{schedule}`;
  if (event.context !== 'jobs') return `${event.context}.{userId}.${event.name}`;
  return `jobs.{queue}.{lane}.{jobId}.${event.name === 'requested' ? 'requested' : 'status'}`;
}

/** The schema that data of this version was written with. */
export function schemaOf(event: EventDefinition, version: number): EventDefinition['schema'] {
  return event.older[version - 1]?.schema ?? event.schema;
}

/** 1 to the version written now. */
export const versionsOf = (event: EventDefinition): number[] =>
  Array.from({ length: event.version }, (_, i) => i + 1);
