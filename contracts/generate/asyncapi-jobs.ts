import type { EventDefinition } from '@undertone/contracts/event';
import { type JobDefinition, JobRequested, JobSucceeded } from '@undertone/contracts/jobs/job';
import { jobs } from '@undertone/contracts/jobs/registry';
import { type Fixture, payloadFixturesOf } from './fixtures.ts';
import type { JsonSchema, JsonSchemas } from './json-schemas.ts';

/**
 * The data of an event as its schema says, and where that leaves a part to the type of the job, one schema for each
 * type, told apart by `job_type`.
 */
export function byJobType(
  event: EventDefinition,
  data: JsonSchema,
  schemas: JsonSchemas,
  fixtures: readonly Fixture[],
): JsonSchema {
  switch (event.type) {
    case JobRequested.type:
      return oneOfJobs(data, (job) => ({
        queue: { const: job.queue },
        payload: schemas.named(`${job.type}.payload`, {
          ...schemas.of(job.payload),
          examples: payloadFixturesOf(fixtures, job).map(({ data }) => data),
        }),
      }));
    case JobSucceeded.type:
      return oneOfJobs(data, (job) => ({
        result: schemas.named(`${job.type}.result`, resultInTheLog(schemas.of(job.result))),
      }));
    default:
      return data;
  }
}

const oneOfJobs = (data: JsonSchema, told: (job: JobDefinition) => JsonSchema): JsonSchema => ({
  allOf: [
    data,
    {
      oneOf: jobs.map((job) => ({
        title: job.type,
        properties: { job_type: { const: job.type }, ...told(job) },
      })),
    },
  ],
});

// Results have no versions: clients get them as they were written, also by an older release.
const resultInTheLog = ({ required, ...schema }: JsonSchema): JsonSchema => ({
  ...schema,
  description: `This release writes ${(required as string[]).map((name) => `\`${name}\``).join(', ')}; a job that ended under an older one may lack some.`,
});
