import { type JetStreamClient, type JetStreamManager, jetstream, jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';

/** On a connection: where its account has the JetStream API. For every copy of this module the same. */
const API_PREFIX = Symbol.for('undertone.nats.api-prefix');
type Prefixed = NatsConnection & { [API_PREFIX]?: string };

/** Says where a connection's account has the JetStream API, if not under `$JS.API`. */
export function withApiPrefix(nats: NatsConnection, prefix: string | undefined): NatsConnection {
  return prefix === undefined ? nats : Object.assign(nats, { [API_PREFIX]: prefix });
}

function optionsOf(nats: Prefixed) {
  const apiPrefix = nats[API_PREFIX];
  return apiPrefix === undefined ? {} : { apiPrefix };
}

/** JetStream on a connection, as its settings say. */
export const jetStreamOf = (nats: NatsConnection): JetStreamClient => jetstream(nats, optionsOf(nats));

/** The same of JetStream's API. No request is made here, so that a service can start before its NATS server. */
export const jetStreamManagerOf = (nats: NatsConnection): Promise<JetStreamManager> =>
  jetstreamManager(nats, { ...optionsOf(nats), checkAPI: false });
