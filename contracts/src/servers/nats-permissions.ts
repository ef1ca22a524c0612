import { type ConsumerDefinition, consumers, workerConsumers } from '../consumers.js';
import type { QueueDefinition } from '../jobs/queues.js';
import { queues } from '../jobs/queues.js';
import { type AskerName, serviceNames } from '../service-name.js';
import { objectBucket, type StreamName, streams } from '../streams.js';
import {
  asks,
  erasedBy,
  followers,
  overseers,
  pausers,
  purgers,
  requesters,
  storers,
  unread,
  writers,
} from './who-does-what.js';

/** What NATS allows a service, as subjects and filters; everything else is refused. */
export interface NatsPermissions {
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
  /** It may answer whatever it is asked, wherever the answer is to go. */
  readonly answers: boolean;
}

/** Where the answers to a service's questions go: no other service may listen there. */
export const inboxPrefix = (service: string): string => `_INBOX_${service}`;

/** A consumer that is there while a projection is rebuilt; one rebuild runs in a service. */
export const rebuildConsumer = (projection: string): string => `${projection}-rebuild`;

const isService = (name: AskerName): boolean => (serviceNames as readonly string[]).includes(name);

/** The consumers that are the service's own. */
const consumersOf = (service: AskerName): readonly ConsumerDefinition[] =>
  Object.values<ConsumerDefinition>(consumers).filter((consumer) => consumer.service === service);

/** What the service appends to its own queues, lane by lane. */
function jobsOf(service: AskerName): string[] {
  const own = Object.entries<QueueDefinition>(queues).filter(([, queue]) => queue.service === service);
  return own.flatMap(([queue, { lanes }]) =>
    lanes.flatMap((lane) => [`jobs.${queue}.${lane}.*.*`, `jobs-waiting.${queue}.${lane}.*`]),
  );
}

/** The streams that the service reads: those of its consumers, those that it writes, and the jobs. */
export function streamsOf(service: AskerName): readonly StreamName[] {
  const written = Object.values(streams).filter(({ subjects }) =>
    (subjects as readonly (keyof typeof writers)[]).some((subject) => writers[subject].includes(service)),
  );
  const read = consumersOf(service).map(({ stream }) => stream);
  return [...new Set<StreamName>(['JOBS', ...written.map(({ name }) => name), ...read])].sort();
}

const looksAt = (stream: string): string[] => [`$JS.API.STREAM.INFO.${stream}`];

const readsOf = (stream: string): string[] => [
  ...looksAt(stream),
  `$JS.API.STREAM.MSG.GET.${stream}`,
  `$JS.API.DIRECT.GET.${stream}`,
  `$JS.API.DIRECT.GET.${stream}.>`,
];

function consumes({ stream, name, kind }: ConsumerDefinition): string[] {
  // Of the server's ways to make a consumer the one that names it in the subject; with the others the request alone does.
  const of = (consumer: string) =>
    ['INFO', 'MSG.NEXT', 'DURABLE.CREATE'].map((what) => `$JS.API.CONSUMER.${what}.${stream}.${consumer}`);
  if (kind === 'jobs') return [...of(name), `$JS.ACK.${stream}.${name}.>`];
  const rebuild = rebuildConsumer(name);
  return [
    ...of(name),
    `$JS.API.CONSUMER.RESET.${stream}.${name}`,
    `$JS.ACK.${stream}.${name}.>`,
    ...of(rebuild),
    `$JS.ACK.${stream}.${rebuild}.>`,
    `$JS.API.CONSUMER.DELETE.${stream}.${rebuild}`,
  ];
}

function objects(): string[] {
  const stream = `OBJ_${objectBucket}`;
  return [
    `$O.${objectBucket}.C.*`,
    `$O.${objectBucket}.M.*`,
    ...readsOf(stream),
    `$JS.API.STREAM.MSG.DELETE.${stream}`,
  ];
}

/** All that a service does with NATS. */
export function natsPermissions(service: AskerName): NatsPermissions {
  const own = consumersOf(service);
  const publish = [
    ...Object.entries(writers).flatMap(([subject, by]) => (by.includes(service) ? [subject] : [])),
    ...jobsOf(service),
    ...(requesters.includes(service) ? ['jobs.*.*.*.requested'] : []),
    ...asks[service].flatMap(({ subject, isWrite }) => (isWrite ? [subject] : [subject, `${subject}.again`])),
    ...streamsOf(service).flatMap((stream) =>
      unread[service]?.includes(stream) ? looksAt(stream) : readsOf(stream),
    ),
    ...own.flatMap(consumes),
    ...(overseers.includes(service)
      ? workerConsumers.map(({ stream, name }) => `$JS.API.CONSUMER.INFO.${stream}.${name}`)
      : []),
    ...(pausers.includes(service)
      ? workerConsumers.map(({ stream, name }) => `$JS.API.CONSUMER.PAUSE.${stream}.${name}`)
      : []),
    ...(purgers[service] ?? []).map((stream) => `$JS.API.STREAM.PURGE.${stream}`),
    ...erasedBy(service).map((stream) => `$JS.API.STREAM.MSG.DELETE.${stream}`),
    ...(storers.includes(service) ? objects() : []),
  ];
  const subscribe = [
    `${inboxPrefix(service)}.>`,
    ...(isService(service) ? [`rpc.${service}.>`] : []),
    // By which a worker hears that a job was cancelled.
    ...own.flatMap((one) => (one.kind === 'jobs' ? [`jobs.${one.queue}.${one.lane}.*.status`] : [])),
    ...(followers[service] ?? []),
  ];
  return { publish: unique(publish), subscribe: unique(subscribe), answers: isService(service) };
}

const unique = (subjects: readonly string[]): string[] => [...new Set(subjects)].sort();
