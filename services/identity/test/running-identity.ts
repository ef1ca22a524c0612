import { randomBytes } from 'node:crypto';
import type { MikroORM } from '@mikro-orm/postgresql';
import { type Principal, servicePrincipal } from '@undertone/contracts/access/principal';
import type { RecordedEvent } from '@undertone/contracts/event';
import type { RpcDefinition } from '@undertone/contracts/rpc';
import { EventStore } from '@undertone/platform/event-store/event-store';
import type { RunningService } from '@undertone/platform/nest/start-service';
import { RpcClient } from '@undertone/platform/rpc/rpc-client';
import { startInfrastructure, type TestInfrastructure } from '@undertone/platform/test-kit/infrastructure';
import { connectAs } from '@undertone/platform/test-kit/own-database';
import { Replicas } from '@undertone/platform/test-kit/replicas';
import { startIdentity } from '../src/start-identity.js';

export const encryptionKey = (): string => randomBytes(32).toString('base64');

/** The identity service on servers of its own, asked as the gateway asks it. */
export interface RunningIdentity {
  readonly infrastructure: TestInfrastructure;
  readonly environment: Record<string, string>;
  readonly store: EventStore;
  /** A connection of the service's own role, beside the service. */
  readonly orm: MikroORM;
  /** @param caller the gateway itself unless told. */
  ask<I, O>(definition: RpcDefinition<I, O>, question: I, caller?: Principal): Promise<O>;
  /** Starts the service again, with settings changed where given; the one before is stopped first. */
  restart(changed?: Record<string, string>): Promise<RunningService>;
  stopService(): Promise<void>;
  events(): Promise<RecordedEvent[]>;
  stop(): Promise<void>;
}

export async function runIdentity(schemas: readonly string[] = ['identity']): Promise<RunningIdentity> {
  const infrastructure = await startInfrastructure(schemas);
  const environment = {
    ...infrastructure.environment('identity'),
    FIELD_ENCRYPTION_KEY: encryptionKey(),
  };
  const replicas = new Replicas(startIdentity, environment);
  await replicas.add();
  const nats = await infrastructure.connect();
  const store = await EventStore.open(nats);
  const rpc = new RpcClient(nats, servicePrincipal('gateway'));
  const orm = await connectAs(infrastructure, 'identity');
  return {
    infrastructure,
    environment,
    store,
    orm,
    ask: (definition, question, caller) =>
      (caller ? new RpcClient(nats, caller) : rpc).ask(definition, question),
    stopService: () => replicas.stop(),
    restart: (changed) => replicas.restart(changed),
    events: () => store.readFiltered('IDENTITY', 'identity.>'),
    async stop() {
      await replicas.stop();
      await orm.close();
      await infrastructure.stop();
    },
  };
}
