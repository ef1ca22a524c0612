import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import { MikroORM } from '@mikro-orm/postgresql';
import { type DynamicModule, type InjectionToken, Module, type Provider, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { servicePrincipal } from '@undertone/contracts/access/principal';
import type { ModelBudgets } from '@undertone/contracts/operations/system';
import type { ServiceName } from '@undertone/contracts/service-name';
import { openRedis } from '../cache/open-redis.js';
import { ReadCache } from '../cache/read-cache.js';
import { RedisBreaker } from '../cache/redis-breaker.js';
import { type DatabaseDefinition, openDatabase } from '../database/open-database.js';
import { EventStore } from '../event-store/event-store.js';
import { waitForJetStream } from '../event-store/wait-for-jetstream.js';
import { type HealthCheck, natsCheck, pausedCheck, postgresCheck, redisCheck } from '../health/health.js';
import { createLogger } from '../logging/logger.js';
import { connectNats } from '../nats/connect.js';
import { largestBody } from '../nats/largest-body.js';
import { openObjectStorage, type StorageSettings } from '../objects/open-object-storage.js';
import { ServiceStores } from '../operations/service-stores.js';
import { ProjectionPlaces } from '../projections/projection-places.js';
import { ProjectionProgress } from '../projections/projection-progress.js';
import type { RebuildDefinition } from '../projections/rebuild-command.js';
import { Rebuilds } from '../projections/rebuilds.js';
import { StartTails } from '../projections/start-tails.js';
import { RpcClient } from '../rpc/rpc-client.js';
import { idleSettings } from '../settings/earlier-settings.js';
import { healthController } from './health.controller.js';
import { JetStreamServer, type JetStreamServerOptions } from './jetstream-server.js';
import { NestLogger } from './nest-logger.js';
import { operationsController } from './operations.controller.js';
import { projectionsController } from './projections.controller.js';
import { QuestionServer } from './question-server.js';
import { rebuildController } from './rebuild.controller.js';
import type { ServiceSettings } from './service-settings.js';
import { LOGGER, OBJECT_STORAGE, SETTINGS } from './tokens.js';

export interface ServiceDefinition<S extends ServiceSettings & StorageSettings> {
  readonly name: ServiceName;
  readonly settings: S;
  readonly database: DatabaseDefinition;
  readonly module: Type<unknown> | DynamicModule;
  readonly readers?: JetStreamServerOptions['readers'];
  /** It keeps large things, or reads them. */
  readonly objects?: true;
  /** Read models that can be built anew while they are read. */
  readonly rebuildable?: RebuildDefinition;
  /** What it may spend on language models today, and has spent. */
  readonly budgets?: (orm: MikroORM) => Promise<ModelBudgets>;
}

export interface RunningService {
  /** Where the health endpoints are. */
  readonly url: string;
  get<T>(token: InjectionToken<T>): T;
  /** Takes nothing new, answers the questions in hand, ends or hands back its jobs, closes every connection. */
  close(): Promise<void>;
}

/** Connects a service to its infrastructure, brings its schema, streams and consumers up to date, and serves. */
export async function startService<S extends ServiceSettings & StorageSettings>(
  definition: ServiceDefinition<S>,
): Promise<RunningService> {
  const { name, settings, module, budgets } = definition;
  const log = createLogger(name, settings.LOG_LEVEL);
  const nats = await connectNats(settings, name, log);
  const redis = openRedis(settings, name, log);
  const cache = new ReadCache(redis, log);
  const orm = await openDatabase(definition.database, settings, log);
  const store = await EventStore.open(nats);
  const idle = definition.objects && idleSettings(process.env, settings);
  if (idle) log.warn(idle);
  const objects = definition.objects
    ? await waitForJetStream(log, () => openObjectStorage(nats, settings))
    : undefined;
  const graceMs = settings.SHUTDOWN_GRACE_SECONDS * 1000;
  // Not the host's name, which on somebody's own machine is often theirs, and events are kept.
  const instance = `${name}-${randomBytes(4).toString('hex')}`;
  const transport = new JetStreamServer({
    service: name,
    nats,
    store,
    orm,
    log,
    instance,
    streamReplicas: settings.STREAM_REPLICAS,
    slots: { interactive: settings.INTERACTIVE_SLOTS, bulk: settings.BULK_SLOTS },
    graceMs,
    ...(definition.readers && { readers: definition.readers }),
    ...(definition.rebuildable && {
      rebuild: async (projection) => (await rebuilds?.heal(projection)) ?? false,
    }),
  });
  const tails = new StartTails(store, orm, () => transport.projected);
  const questions = new QuestionServer(settings, name, () => largestBody(nats), log);
  const projections: HealthCheck = async () => {
    const [behind, failing] = [await tails.behind(), transport.failingProjections()];
    const faults = { ...(!tails.isLate && behind), ...failing };
    const detail = (told: Record<string, string>) =>
      Object.entries(told)
        .map(([projection, why]) => `${projection}: ${why}`)
        .join('; ');
    if (Object.keys(faults).length > 0) return { status: 'down', detail: detail(faults) };
    const notes = detail({ ...behind, ...transport.projectionNotes() });
    return { status: 'up', ...(notes !== '' && { detail: notes }) };
  };
  const health = healthController(name, {
    nats: natsCheck(nats),
    postgres: postgresCheck(orm),
    redis: redisCheck(redis, name),
    projections,
    queues: pausedCheck(() => transport.pausedLanes()),
  });

  const rebuilds =
    definition.rebuildable &&
    new Rebuilds({
      service: definition.rebuildable.service,
      nats,
      store,
      orm,
      database: definition.database,
      server: settings,
      cache,
      log,
      rebuildable: new Map(
        Object.values(definition.rebuildable.projections).map((one) => [one.consumer.name, one]),
      ),
      running: (projection) => transport.projection(projection),
    });
  const stores = new ServiceStores(name, definition.database.schema, store, orm);
  const places = new ProjectionPlaces(
    name,
    store,
    orm,
    () => transport.projected,
    () => transport.failingProjections(),
  );
  const controllers = [
    health,
    operationsController(name, instance, () => transport.lanes(), stores, budgets && (() => budgets(orm))),
    ...(definition.rebuildable && rebuilds
      ? [
          rebuildController(definition.rebuildable.service, rebuilds),
          projectionsController(definition.rebuildable.service, () => places.list()),
        ]
      : []),
  ];

  const app = await NestFactory.create<NestFastifyApplication>(
    serviceModule(module, controllers, [
      { provide: EventStore, useValue: store },
      { provide: MikroORM, useValue: orm },
      { provide: ReadCache, useValue: cache },
      { provide: RedisBreaker, useValue: redis },
      { provide: RpcClient, useValue: new RpcClient(nats, servicePrincipal(name)) },
      { provide: ProjectionProgress, useValue: new ProjectionProgress(orm, store) },
      ...(objects ? [{ provide: OBJECT_STORAGE, useValue: objects }] : []),
      { provide: LOGGER, useValue: log },
      { provide: SETTINGS, useValue: settings },
    ]),
    new FastifyAdapter(),
    { logger: new NestLogger(log), abortOnError: false },
  );
  app.connectMicroservice({ strategy: questions });
  app.connectMicroservice({ strategy: transport });
  const close = async () => {
    // All that answers a question, or a job needs, has to be there until the last of them is done.
    await Promise.all([questions.drain(graceMs), transport.stopJobs(), rebuilds?.stop()]);
    await app.close();
    await orm.close();
    await cache.settle(graceMs);
    await redis.disconnect();
    // With the server away there is nobody to drain to.
    await nats.drain().catch(() => nats.close());
    log.info('stopped');
  };
  try {
    await app.startAllMicroservices();
    await questions.subscribed();
    await app.listen(settings.PORT, settings.HOST);
  } catch (error) {
    // Whatever stopped the start, what was started before it must not go on working.
    await close();
    throw error;
  }
  const url = (await app.getUrl()).replace('[::1]', '127.0.0.1');
  log.info({ url }, 'ready');

  return {
    url,
    get: (token) => app.get(token, { strict: false }),
    close,
  };
}

// The platform's providers are global, so that a service's modules name only their own.
function serviceModule(
  module: Type<unknown> | DynamicModule,
  controllers: Type<unknown>[],
  providers: Provider[],
): DynamicModule {
  class PlatformModule {}
  Module({})(PlatformModule);
  class ServiceModule {}
  Module({})(ServiceModule);
  const platform: DynamicModule = {
    module: PlatformModule,
    global: true,
    providers,
    exports: providers.map((provider) => (provider as { provide: InjectionToken }).provide),
  };
  return { module: ServiceModule, imports: [platform, module], controllers };
}
