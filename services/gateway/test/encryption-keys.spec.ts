import { type EncryptingService, encryptingServices, listKeys } from '@undertone/contracts/encryption-keys';
import { nobody } from '@undertone/contracts/id';
import { JobRequested } from '@undertone/contracts/jobs/job';
import { jobAggregate } from '@undertone/contracts/subjects';
import type { EventStore } from '@undertone/platform/event-store/event-store';
import { newId } from '@undertone/platform/ids/ids';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Call } from './caller.js';
import { exampleKeys } from './examples.js';
import { startSystem, type TestSystem } from './system.js';

let system: TestSystem;
let store: EventStore;

beforeAll(async () => {
  system = await startSystem();
  store = system.store;
});
afterEach(() => system.behind.answerAll());
afterAll(() => system.stop());

const call: Call = (route, ...given) => system.call(route, ...given);

describe('encryption keys', () => {
  const answer = (service: EncryptingService) =>
    system.behind.answer(listKeys(service), () => exampleKeys(service));
  beforeEach(() => Promise.all(encryptingServices.map(answer)));

  it('are listed by service', async () => {
    expect(await call('listKeys')).toEqual(encryptingServices.map(exampleKeys));
  });

  it('are rotated by a job of the service, which names the key that encrypts; with the same key once', async () => {
    const once = { idempotencyKey: newId() };
    const { task_id: id } = await call('rotateKeys', { service: 'token' }, once);
    const [requested] = await store.read(jobAggregate('token', 'bulk', id));
    expect(requested && JobRequested.read(requested)).toMatchObject({
      job_type: 'rotate-token-keys',
      user_id: nobody,
      payload: { user_id: nobody, key_id: exampleKeys('token').keys[0]?.id },
    });
    expect(await call('getTask', { task_id: id })).toMatchObject({ status: 'PENDING' });
    expect((await call('rotateKeys', { service: 'token' }, once)).task_id).toBe(id);
    const other = call('rotateKeys', { service: 'identity' }, once);
    await expect(other).rejects.toMatchObject({ status: 422, code: 'IDEMPOTENCY_MISMATCH' });
  });

  it('are not rotated while the service does not answer', async () => {
    const before = await store.last('JOBS', 'jobs.>');
    await system.behind.silence(listKeys('identity'));
    const rotating = call('rotateKeys', { service: 'identity' });
    await expect(rotating).rejects.toMatchObject({ status: 503, code: 'SERVICE_UNAVAILABLE' });
    expect((await store.last('JOBS', 'jobs.>'))?.sequence).toBe(before?.sequence);
  });
});
