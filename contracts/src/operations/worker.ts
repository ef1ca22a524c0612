import { z } from 'zod';
import { id } from '../id.js';
import { lanes, queueNames } from '../jobs/queues.js';
import { defineRpc } from '../rpc.js';
import { type ServiceName, serviceNames } from '../service-name.js';
import { foreignId } from '../text.js';

export const queueName = z.enum(queueNames);

const jobInHand = z.object({
  task_id: id,
  job_type: foreignId,
  since: z.iso.datetime().meta({ description: 'When this replica began with it.' }),
});
export type JobInHand = z.output<typeof jobInHand>;

const workedLane = z.object({
  queue: queueName,
  lane: z.enum(lanes),
  slots: z.int().min(0).meta({ description: 'Jobs that it runs at once.' }),
  jobs: z.array(jobInHand).meta({ description: 'Those that run.' }),
  held: z.int().min(0).meta({ description: 'Jobs that it took from the lane and has not begun.' }),
});
export type WorkedLane = z.output<typeof workedLane>;

export const worker = z
  .object({
    service: z.enum(serviceNames),
    instance: foreignId.meta({ description: 'As in the timelines of jobs.' }),
    version: foreignId,
    started_at: z.iso.datetime(),
    lanes: z.array(workedLane),
  })
  .meta({ id: 'Worker', description: 'A replica of a service.' });
export type Worker = z.output<typeof worker>;

/** Each replica answers for itself: it is asked of all of them. */
export const getWorker = (service: ServiceName) =>
  defineRpc({
    service,
    question: 'get-worker',
    access: 'admin',
    input: z.object({}),
    output: worker,
  });

export const workerQuestions = serviceNames.map(getWorker);
