import { randomBytes } from 'node:crypto';
import type { MikroORM } from '@mikro-orm/postgresql';
import type { RecordedEvent } from '@undertone/contracts/event';
import type { RunningService } from '@undertone/platform/nest/start-service';
import { connectAs } from '@undertone/platform/test-kit/own-database';
import { ServiceUnderTest } from '@undertone/platform/test-kit/service-under-test';
import { startIdentity } from '../src/start-identity.js';

export const encryptionKey = (): string => randomBytes(32).toString('base64');

/** The identity service on servers of its own. */
export type RunningIdentity = ServiceUnderTest<RunningService> & {
  /** A connection of the service's own role, beside the service. */
  readonly orm: MikroORM;
  events(): Promise<RecordedEvent[]>;
};

export async function runIdentity(
  otherSchemas: readonly string[] = [],
  settings: Record<string, string> = {},
): Promise<RunningIdentity> {
  const identity = await ServiceUnderTest.prepare({
    schema: 'identity',
    otherSchemas,
    start: startIdentity,
    settings: { FIELD_ENCRYPTION_KEY: encryptionKey(), ...settings },
  });
  await identity.start();
  const orm = await connectAs(identity.infrastructure, 'identity');
  identity.onStop(() => orm.close());
  const events = () => identity.store.readFiltered('IDENTITY', 'identity.>');
  return Object.assign(identity, { orm, events });
}
