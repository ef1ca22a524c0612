import type { MikroORM } from '@mikro-orm/postgresql';
import type { JsMsg } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { type CustomTransportStrategy, type MessageHandler, Server } from '@nestjs/microservices';
import {
  type ConsumerDefinition,
  consumers,
  type ProjectionConsumerDefinition,
  workerConsumers,
} from '@undertone/contracts/consumers';
import type { RecordedEvent } from '@undertone/contracts/event';
import { isReadable } from '@undertone/contracts/events';
import type { Lane } from '@undertone/contracts/jobs/queues';
import type { WorkedLane } from '@undertone/contracts/operations/worker';
import { streamsOf } from '@undertone/contracts/servers/nats-permissions';
import type { ServiceName } from '@undertone/contracts/service-name';
import { lastValueFrom } from 'rxjs';
import { readEvent } from '../event-store/cloudevents.js';
import type { EventStore } from '../event-store/event-store.js';
import { waitForJetStream } from '../event-store/wait-for-jetstream.js';
import type { FailureHandler, JobHandler, RegisteredJob } from '../jobs/job-handler.js';
import { JobRunner, PULL_MS } from '../jobs/job-runner.js';
import type { Logger } from '../logging/logger.js';
import { ensureConsumer } from '../nats/ensure-streams.js';
import { streamsReady } from '../nats/streams-ready.js';
import type { Projection } from '../projections/projection.js';
import { ProjectionRunner } from '../projections/projection-runner.js';
import { JETSTREAM, type JetStreamExtras, type ProjectionBatch } from './jetstream-handlers.js';

export interface JetStreamServerOptions {
  readonly service: ServiceName;
  readonly nats: NatsConnection;
  readonly store: EventStore;
  readonly orm: MikroORM;
  readonly log: Logger;
  /** Which replica this is, in `started` events. */
  readonly instance: string;
  readonly streamReplicas: number;
  /** Jobs at once in this process, by lane. */
  readonly slots: Readonly<Record<Lane, number>>;
  /** Milliseconds that running jobs get to end at shutdown. */
  readonly graceMs: number;
  /** How a stream's messages become events, for streams that do not hold CloudEvents. */
  readonly readers?: Readonly<Partial<Record<string, (message: JsMsg) => RecordedEvent>>>;
  /** Rebuilds a projection beside itself, by its consumer's name. Gives whether that began; absent: none can be rebuilt. */
  readonly rebuild?: (projection: string) => Promise<boolean>;
}

/** The client asks for no shorter one. */
const SHORTEST_PULL_MS = 1_000;

/**
 * Nest's transport for events and jobs: finds the handlers that `HandlesJob` and `Projects` mark, sees to their
 * streams and durable consumers, and runs them.
 */
export class JetStreamServer extends Server implements CustomTransportStrategy {
  override transportId = JETSTREAM;
  private workers: JobRunner[] = [];
  private projections: ProjectionRunner[] = [];

  constructor(private readonly options: JetStreamServerOptions) {
    super();
  }

  async listen(callback: (error?: unknown) => void): Promise<void> {
    try {
      await this.start();
      callback();
    } catch (error) {
      callback(error);
    }
  }

  private async start(): Promise<void> {
    const { store, streamReplicas, service, log } = this.options;
    const own = Object.values<ConsumerDefinition>(consumers).filter(
      (consumer) => consumer.service === service,
    );
    await waitForJetStream(log, async () => {
      await streamsReady(store.manager, streamsOf(service));
      for (const consumer of own) await ensureConsumer(store.manager, consumer, streamReplicas);
    });

    const jobs = new Map<string, RegisteredJob>();
    const failureHandlers = new Map<string, FailureHandler>();
    for (const handler of this.messageHandlers.values()) {
      const extras = handler.extras as JetStreamExtras;
      switch (extras.kind) {
        case 'job':
          jobs.set(extras.definition.type, {
            definition: extras.definition,
            handle: (context) => called(handler, context) as ReturnType<JobHandler>,
          });
          break;
        case 'failed job':
          failureHandlers.set(extras.type, (failed) => called(handler, failed) as ReturnType<FailureHandler>);
          break;
        case 'projection':
          this.projections.push(this.projectionRunner(handler, extras));
          break;
        default:
          extras satisfies never;
      }
    }
    for (const [type, onFailed] of failureHandlers) {
      const job = jobs.get(type);
      if (!job) throw new Error(`nothing here works on the job ${type}, whose failures are handled`);
      jobs.set(type, { ...job, onFailed });
    }
    if (jobs.size > 0) this.workers = this.jobRunners(own, jobs);
    for (const runner of [...this.workers, ...this.projections]) runner.start();
    void this.pausedLanes().then(
      (lanes) => lanes.length > 0 && log.warn({ lanes }, 'an operator has paused these lanes'),
      (error: unknown) => log.debug({ err: error }, 'could not ask which lanes are paused'),
    );
  }

  private projectionRunner(
    handler: MessageHandler,
    extras: Extract<JetStreamExtras, { kind: 'projection' }>,
  ): ProjectionRunner {
    const { nats, store, orm, log, readers, streamReplicas, rebuild } = this.options;
    const projection: Projection = {
      reads: isReadable,
      ...extras.how,
      consumer: extras.consumer,
      apply: (events, em) =>
        called(handler, { events, em } satisfies ProjectionBatch) as ReturnType<Projection['apply']>,
    };
    const read = readers?.[extras.consumer.stream];
    return new ProjectionRunner(projection, {
      nats,
      store,
      orm,
      log,
      random: Math.random,
      replicas: streamReplicas,
      ...(read && { read }),
      ...(rebuild && { rebuild: () => rebuild(extras.consumer.name) }),
    });
  }

  private jobRunners(
    own: readonly ConsumerDefinition[],
    jobs: ReadonlyMap<string, RegisteredJob>,
  ): JobRunner[] {
    const { nats, store, log, slots, instance, graceMs } = this.options;
    return own
      .filter((consumer) => consumer.kind === 'jobs')
      .map(
        (consumer) =>
          new JobRunner({
            nats,
            store,
            log,
            consumer,
            jobs,
            slots: slots[consumer.lane],
            worker: instance,
            random: Math.random,
            // Whoever gives jobs little time to end does not want to wait for idle slots either.
            pullMs: Math.min(Math.max(graceMs, SHORTEST_PULL_MS), PULL_MS),
          }),
      );
  }

  /** A projection of this process, and how its stream's messages are read. */
  projection(name: string): { projection: Projection; read: (message: JsMsg) => RecordedEvent } | undefined {
    const runner = this.projections.find(({ projection }) => projection.consumer.name === name);
    if (!runner) return undefined;
    const { stream } = runner.projection.consumer;
    return { projection: runner.projection, read: this.options.readers?.[stream] ?? readEvent };
  }

  /** Why each projection that fails does so; empty when all is well. */
  failingProjections(): Record<string, string> {
    return Object.fromEntries(
      this.projections.flatMap((runner) =>
        runner.lastError === undefined ? [] : [[runner.projection.consumer.name, runner.lastError]],
      ),
    );
  }

  /** What there is to know of each projection that does not fail; empty where it does as it should. */
  projectionNotes(): Record<string, string> {
    return Object.fromEntries(
      this.projections.flatMap(({ note, projection }) =>
        note === undefined ? [] : [[projection.consumer.name, note]],
      ),
    );
  }

  /** What this process' workers have to do now. */
  lanes(): WorkedLane[] {
    return this.workers.map(({ lane }) => lane);
  }

  /** Lanes of this service that an operator has paused. */
  async pausedLanes(): Promise<string[]> {
    const { store, service } = this.options;
    const own = workerConsumers.filter((consumer) => consumer.service === service);
    const paused = await Promise.all(
      own.map(async ({ stream, name, queue, lane }) => {
        const info = await store.manager.consumers.info(stream, name);
        return info.paused ? [`${queue} ${lane}`] : [];
      }),
    );
    return paused.flat();
  }

  /** The consumers of this process' projections. */
  get projected(): readonly ProjectionConsumerDefinition[] {
    return this.projections.map(({ projection }) => projection.consumer);
  }

  /** Takes no more jobs, and ends or hands back those in hand. */
  async stopJobs(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.stop(this.options.graceMs)));
  }

  async close(): Promise<void> {
    // Jobs in hand may wait for what a projection of this very process shows.
    await this.stopJobs();
    await Promise.all(this.projections.map((projection) => projection.stop()));
  }

  on(): void {
    // The transport has no events of its own.
  }

  unwrap<T>(): T {
    return this.options.nats as T;
  }
}

// A handler gives a value, a promise, or (through Nest's interceptors and filters) an observable of one.
async function called(handler: MessageHandler, data: unknown): Promise<unknown> {
  const given = await handler(data);
  return isObservable(given) ? lastValueFrom(given, { defaultValue: undefined }) : given;
}

const isObservable = (value: unknown): value is Parameters<typeof lastValueFrom>[0] =>
  typeof value === 'object' && value !== null && 'subscribe' in value;
