import { type ConsumerDefinition, consumers } from '@undertone/contracts/consumers';
import { events } from '@undertone/contracts/events';
import { lanes, queueNames } from '@undertone/contracts/jobs/queues';
import { serviceNames } from '@undertone/contracts/service-name';
import { objectBucket, type StreamDefinition, streams } from '@undertone/contracts/streams';
import {
  auditAggregate,
  covers,
  insightAggregate,
  jobAggregate,
  jobFailuresAggregate,
  jobTotalsAggregate,
  listeningAggregate,
  parseDueSubject,
  parseJobSubject,
  promptAggregate,
  replayAggregate,
  scheduleSubjects,
  tokenAggregate,
  userAggregate,
} from '@undertone/contracts/subjects';
import { describe, expect, it } from 'vitest';
import { addressOf } from '../generate/event-subjects.ts';
import { filterOf, overlap } from '../generate/nats-subjects.ts';

const id = '0199b2c4-6f1e-7a35-9c1d-3e5f7a9b1c20';
const allStreams = Object.entries<StreamDefinition>(streams);
/** Subjects that the server itself writes to. */
const written = ['$JS.', 'schedules.fired.'];
const allConsumers = Object.values<ConsumerDefinition>(consumers);
const allSubjects = allStreams.flatMap(([, stream]) =>
  stream.subjects.map((subject) => ({ stream: stream.name, subject })),
);
const aggregates = [
  userAggregate(id),
  tokenAggregate(id),
  listeningAggregate(id),
  insightAggregate(id),
  promptAggregate(id),
  replayAggregate(id),
  auditAggregate(id),
  jobFailuresAggregate(id),
  jobTotalsAggregate(id),
  jobAggregate('spotify', 'interactive', id),
  { stream: scheduleSubjects(id).stream, filter: scheduleSubjects(id).definition },
];

describe('streams', () => {
  it.each(events.map((event) => ({ type: event.type, address: addressOf(event) })))(
    '$type is kept by exactly one stream',
    ({ address }) => {
      const keeping = allSubjects.filter(({ subject }) => covers(subject, filterOf(address)));
      expect(keeping.map(({ stream }) => stream)).toHaveLength(1);
    },
  );

  it.each(events.map((event) => ({ type: event.type, address: addressOf(event) })))(
    '$type is written under an aggregate of the stream that keeps it',
    ({ address }) => {
      const subject = address
        .replace('{queue}', 'spotify')
        .replace('{lane}', 'interactive')
        .replaceAll(/\{\w+\}/g, id);
      const [aggregate, ...others] = aggregates.filter(({ filter }) => covers(filter, subject));
      expect(others).toEqual([]);
      expect(allSubjects.find((kept) => covers(kept.subject, subject))?.stream).toBe(aggregate?.stream);
    },
  );

  it('carry their own names', () => {
    for (const [key, { name }] of allStreams) expect(name).toBe(key);
  });

  it('have no subject in common, and none with questions or objects', () => {
    const all = [
      ...allSubjects,
      { stream: 'questions', subject: 'rpc.>' },
      { stream: 'objects', subject: `$O.${objectBucket}.>` },
    ];
    const shared = all.flatMap((one, i) =>
      all.slice(i + 1).flatMap((other) => (overlap(one.subject, other.subject) ? [[one, other]] : [])),
    );
    expect(shared).toEqual([]);
  });
});

describe('consumers', () => {
  it.each(allConsumers)('$name takes only what its stream keeps', ({ stream, filters }) => {
    const { subjects } = streams[stream];
    for (const filter of filters) {
      expect(subjects.filter((subject) => covers(subject, filter))).toHaveLength(1);
    }
  });

  it.each(allConsumers)('$name takes something', ({ kind, filters }) => {
    if (kind === 'projection' && filters.every((filter) => written.some((by) => filter.startsWith(by))))
      return;
    // The server puts what is due there by itself.
    const addresses = [...events.map((event) => filterOf(addressOf(event))), 'jobs-due.*.*.*'];
    for (const filter of filters) expect(addresses.some((address) => overlap(filter, address))).toBe(true);
  });

  it.each(allConsumers)('$name belongs to a service', ({ name, service }) => {
    expect(serviceNames).toContain(service);
    expect(name.startsWith(`${service}-`)).toBe(true);
  });

  it('have names of their own', () => {
    expect(new Set(allConsumers.map(({ name }) => name)).size).toBe(allConsumers.length);
  });

  it('leave no two workers one job', () => {
    const filters = allConsumers.flatMap((consumer) => (consumer.kind === 'jobs' ? consumer.filters : []));
    const shared = filters.flatMap((one, i) => filters.slice(i + 1).filter((other) => overlap(one, other)));
    expect(shared).toEqual([]);
  });
});

describe("a job's subject", () => {
  const all = queueNames.flatMap((queue) => lanes.map((lane) => ({ queue, lane })));
  it.each(all)('says queue, lane and id: $queue, $lane', ({ queue, lane }) => {
    const { prefix } = jobAggregate(queue, lane, id);
    expect(parseJobSubject(`${prefix}.status`)).toEqual({ queue, lane, jobId: id });
  });

  it('says those of a newer release, too', () => {
    const place = { queue: 'pressing', lane: 'slow', jobId: id };
    expect(parseJobSubject(`jobs.pressing.slow.${id}.requested`)).toEqual(place);
    expect(parseDueSubject(`jobs-due.pressing.slow.${id}`)).toEqual(place);
  });

  it.each([`jobs.spotify.${id}.status`, `listening.a.b.${id}.status`, `jobs.spotify.bulk.1.status`])(
    'is not %s',
    (subject) => {
      expect(() => parseJobSubject(subject)).toThrow(/not a job's subject/);
    },
  );
});

describe('subject matching', () => {
  it.each([
    ['a.*.c', 'a.b.c', true],
    ['a.*.c', 'a.*.c', true],
    ['a.>', 'a.b.c', true],
    ['a.>', 'a.b.>', true],
    ['a.>', 'a', false],
    ['a.*', 'a.>', false],
    ['a.b', 'a.*', false],
    ['a.*', 'a.b.c', false],
  ])('%s covers %s: %s', (wide, narrow, expected) => {
    expect(covers(wide, narrow)).toBe(expected);
  });

  it.each([
    ['a.*.c', 'a.b.*', true],
    ['a.>', 'a.b.c', true],
    ['>', 'a', true],
    ['a.*', 'b.*', false],
    ['a.*', 'a.*.*', false],
    ['a.b.>', 'a.b', false],
  ])('%s overlaps %s: %s', (one, other, expected) => {
    expect(overlap(one, other)).toBe(expected);
    expect(overlap(other, one)).toBe(expected);
  });
});
