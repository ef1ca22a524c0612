import { workerConsumers } from '@undertone/contracts/consumers';
import { lanes, type QueueDefinition, queues } from '@undertone/contracts/jobs/queues';
import { jobs } from '@undertone/contracts/jobs/registry';
import { describe, expect, it } from 'vitest';
import { declaredJobs } from './declared.ts';

describe('jobs', () => {
  it('are all in registry.ts, once, under types of their own', async () => {
    const types = jobs.map(({ type }) => type);
    expect(new Set(types).size).toBe(types.length);
    const forgotten = (await declaredJobs()).filter((job) => !jobs.includes(job)).map(({ type }) => type);
    expect(forgotten, 'add them to src/jobs/registry.ts').toEqual([]);
  });
});

describe.each(Object.entries<QueueDefinition>(queues))('the queue %s', (queue, definition) => {
  // Subjects and names of consumers are made of it.
  it('has a name of lower-case words', () => {
    expect(queue).toMatch(/^[a-z]+(-[a-z]+)*$/);
  });

  it('has a job', () => {
    const own = jobs.filter((job) => job.queue === queue).map(({ type }) => type);
    expect(own, `declare a job of the queue ${queue} in src/jobs/, and add it to registry.ts`).not.toEqual(
      [],
    );
  });

  it('has a consumer for each of its lanes, of its service', () => {
    expect(new Set(definition.lanes).size).toBe(definition.lanes.length);
    expect(lanes).toEqual(expect.arrayContaining([...definition.lanes]));
    const own = workerConsumers.filter((consumer) => consumer.queue === queue);
    expect(own.map(({ lane, service, scales }) => ({ lane, service, scales }))).toEqual(
      definition.lanes.map((lane) => ({ lane, service: definition.service, scales: definition.scales })),
    );
  });
});
