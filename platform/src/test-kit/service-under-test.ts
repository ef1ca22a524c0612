import type { NatsConnection } from '@nats-io/transport-node';
import { type Principal, servicePrincipal } from '@undertone/contracts/access/principal';
import type { RpcDefinition } from '@undertone/contracts/rpc';
// By the package's name: a service's tests know these classes by the same types.
import { EventStore } from '@undertone/platform/event-store/event-store';
import { RpcClient } from '@undertone/platform/rpc/rpc-client';
import { startInfrastructure, type TestInfrastructure } from './infrastructure.js';

/** Settings, as a service reads them from its environment. */
export type Environment = Record<string, string>;
type Running = { close(): Promise<void> };

/** What a test runs, and with what. */
export interface ServiceDescription<S extends Running> {
  /** The schema that the service has in the database of the test file; absent: it has none. */
  readonly schema?: string;
  /** Schemas of other services, which this one must not get into. */
  readonly otherSchemas?: readonly string[];
  start(environment: Environment): Promise<S>;
  /** Settings beside those of the infrastructure. */
  readonly settings?: Environment;
}

/** A service on infrastructure of its own, with as many replicas in this process as a test wants. */
export class ServiceUnderTest<S extends Running> {
  /** Asks as the gateway does. */
  readonly rpc: RpcClient;
  private readonly replicas: S[] = [];
  private readonly cleanups: (() => Promise<unknown>)[] = [];

  private constructor(
    readonly infrastructure: TestInfrastructure,
    readonly nats: NatsConnection,
    readonly store: EventStore,
    /** What every replica starts with, where nothing else is said. */
    readonly environment: Environment,
    private readonly startOne: (environment: Environment) => Promise<S>,
  ) {
    this.rpc = new RpcClient(nats, servicePrincipal('gateway'));
  }

  /** Starts the infrastructure, and no replica yet: a test may first answer what the service asks others. */
  static async prepare<S extends Running>(description: ServiceDescription<S>): Promise<ServiceUnderTest<S>> {
    const { schema, otherSchemas = [], start, settings } = description;
    const infrastructure = await startInfrastructure(schema ? [schema, ...otherSchemas] : otherSchemas);
    await infrastructure.provisionStreams();
    const nats = await infrastructure.connect();
    const environment = { ...infrastructure.environment(schema ?? 'gateway'), ...settings };
    return new ServiceUnderTest(infrastructure, nats, await EventStore.open(nats), environment, start);
  }

  /**
   * The replica that has run longest.
   * @throws {Error} when none runs.
   */
  get service(): S {
    const [oldest] = this.replicas;
    if (!oldest) throw new Error('no replica runs');
    return oldest;
  }

  /** Starts one more replica, with settings changed where given. It may be closed alone. */
  async start(changed: Environment = {}): Promise<S> {
    const started = await this.startOne({ ...this.environment, ...changed });
    let closed: Promise<void> | undefined;
    const close = () => {
      const at = this.replicas.indexOf(replica);
      if (at >= 0) this.replicas.splice(at, 1);
      closed ??= started.close();
      return closed;
    };
    const replica: S = { ...started, close };
    this.replicas.push(replica);
    return replica;
  }

  /** Stops all replicas, and starts one. */
  async restart(changed: Environment = {}): Promise<S> {
    await this.stopService();
    return this.start(changed);
  }

  /** Stops all replicas; the infrastructure stays. */
  async stopService(): Promise<void> {
    await Promise.all([...this.replicas].map((replica) => replica.close()));
  }

  /** @param caller for whom it asks; the gateway itself unless told. */
  ask<I, O>(definition: RpcDefinition<I, O>, question: I, caller?: Principal): Promise<O> {
    const rpc = caller ? new RpcClient(this.nats, caller) : this.rpc;
    return rpc.ask(definition, question);
  }

  /** Has something done by `stop`, between the replicas and the infrastructure; what came last first. */
  onStop(cleanup: () => Promise<unknown>): void {
    this.cleanups.unshift(cleanup);
  }

  async stop(): Promise<void> {
    await this.stopService();
    for (const cleanup of this.cleanups.splice(0)) await cleanup();
    await this.infrastructure.stop();
  }
}
