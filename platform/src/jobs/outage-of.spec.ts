import { NoRespondersError, TimeoutError } from '@nats-io/transport-node';
import { UnreadableEvent } from '@undertone/contracts/event';
import { describe, expect, it } from 'vitest';
import { CacheUnavailable } from '../cache/read-cache.js';
import { ConcurrencyConflict, LogUnavailable, ReadModelAhead } from '../event-store/event-store.js';
import { ObjectStorageUnavailable } from '../objects/object-storage.js';
import { Refused, ServiceUnavailable } from '../rpc/rpc-client.js';
import { PermanentJobError, TransientJobError, UnknownJob } from './job-errors.js';
import { outageOf } from './outage-of.js';

const why = new Error('timeout');
const DAY_MS = 24 * 60 * 60 * 1000;

describe('a job waits', () => {
  it.each([
    ['a service that is not there', new ServiceUnavailable('token', new NoRespondersError('rpc.token.x'))],
    ['a service whose database is away', new Refused('SERVICE_UNAVAILABLE', 'its database is away')],
    ['a read model of another log', new ReadModelAhead('plays', 'LISTENING ends at 3')],
  ])('for %s as long as it may at all', (_what, error) => {
    expect(outageOf(error)).toMatchObject({ code: error.code, forMs: Number.POSITIVE_INFINITY });
  });

  it.each([
    ['a service that does not answer', new ServiceUnavailable('token', new TimeoutError())],
    ['a log that does not confirm', new LogUnavailable(why)],
    [
      'others that come first',
      new ConcurrencyConflict({ stream: 'JOBS', prefix: 'j.a', filter: 'j.a.>' }, 3),
    ],
    ['a cache that does not confirm', new CacheUnavailable(why)],
    ['object storage that does not answer', new ObjectStorageUnavailable(why)],
    ['a read model that is behind', new TransientJobError('READ_MODEL_BEHIND', 'not yet')],
    ['another service that waits for the log', new Refused('LOG_UNAVAILABLE', 'not in time')],
    [
      'another service that waits for object storage',
      new Refused('OBJECT_STORAGE_UNAVAILABLE', 'not in time'),
    ],
    ['a replica of an older release', new Refused('CALLER_UNKNOWN', 'who asks?')],
    ['a worker that knows the job', new UnknownJob('of-tomorrow')],
    [
      'a worker that can read an event',
      new UnreadableEvent({ type: 'undertone.prompt.label-moved', version: 7, id: 'e' }, 'newer'),
    ],
  ])('for %s a day', (_what, error) => {
    expect(outageOf(error)).toMatchObject({ code: error.code, forMs: DAY_MS });
  });

  it.each([
    ['a refusal', new Refused('USER_NOT_FOUND', 'there is no such user')],
    ['a provider that fails', new TransientJobError('PROVIDER_FAILING', 'it fails')],
    ['a provider that another service asks', new Refused('PROVIDER_UNAVAILABLE', 'it does not answer')],
    ['a permanent failure', new PermanentJobError('LOG_UNAVAILABLE', 'in its own words')],
    ['what nobody foresaw', why],
  ])('for nothing after %s', (_what, error) => {
    expect(outageOf(error)).toBeUndefined();
  });
});
