import type { CallOptions } from '@undertone/contracts/client/api';
import { JobFailed } from '@undertone/contracts/jobs/job';
import { jobAggregate } from '@undertone/contracts/subjects';
import { storeTokens } from '@undertone/contracts/token/rpc';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { newId } from '@undertone/platform/ids/ids';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Call } from './caller.js';
import { exampleSnapshot, registration, tokens } from './examples.js';
import { startSystem, type TestSystem } from './system.js';

let system: TestSystem;
let store: EventStore;
/** As the worker writes: what the operator publishes reaches no listener in another account. */
let worker: EventStore;
const user_id = newId();
const ingest = { user_id, time_range: 'short_term' } as const;

beforeAll(async () => {
  system = await startSystem();
  store = system.store;
  worker = await EventStore.open(await system.infrastructure.connect({}, 'ingestion'));
  system.behind.users.set('ada', user_id);
});
afterEach(() => system.behind.answerAll());
afterAll(() => system.stop());

const call: Call = (route, ...given) => system.call(route, ...given);
/** A worker ends an ingest that nobody began. */
async function ends(job_id: string, of: string): Promise<void> {
  const aggregate = jobAggregate('spotify', 'interactive', job_id);
  const last = await store.last('JOBS', aggregate.filter);
  const problem = { code: 'NOT_LINKED', message: 'there is nothing' };
  const data = { job_id, job_type: 'ingest-listening-data', user_id: of, attempt: 1, problem };
  const event = { definition: JobFailed, id: newId(), source: 'test', time: new Date(), data };
  await worker.append(aggregate, event, last?.sequence);
}
/** Asks for an ingest of somebody new. @returns its task's id. */
const ingested = async (options: CallOptions = {}) => {
  const person = newId();
  system.behind.users.set(person, person);
  return (await call('ingestListening', { ...ingest, user_id: person }, options)).task_id;
};

describe('a request with an Idempotency-Key', () => {
  it('gives the same task again, and asks for the work once', async () => {
    const once = { idempotencyKey: newId() };
    const ask = () => call('ingestListening', ingest, once);
    const ids = new Set((await Promise.all(Array.from({ length: 10 }, ask))).map(({ task_id }) => task_id));
    expect(ids.size).toBe(1);
    const [id] = ids;
    expect(await store.read(jobAggregate('spotify', 'interactive', id ?? ''))).toHaveLength(1);
    await ends(id ?? '', user_id);
    expect(await ask()).toEqual({ task_id: id, status: 'queued' });
  });

  it('gets the ingest that has not ended, which is one for twenty at two gateways', async () => {
    const other = await system.start();
    const person = newId();
    system.behind.users.set('eve', person);
    const wanted = { ...ingest, user_id: person };
    const key = { idempotencyKey: newId() };
    const asked = await Promise.all(
      Array.from({ length: 20 }, (_, nth) =>
        (nth % 2 ? other : system).call(
          'ingestListening',
          wanted,
          nth < 5 ? { idempotencyKey: newId() } : {},
        ),
      ),
    );
    const [id = ''] = asked.map(({ task_id }) => task_id);
    expect(new Set(asked.map(({ task_id }) => task_id)).size).toBe(1);
    expect(asked.filter(({ reused }) => !reused)).toHaveLength(1);
    expect(await store.read(jobAggregate('spotify', 'interactive', id))).toHaveLength(1);
    expect(await call('ingestListening', wanted, key)).toEqual({
      task_id: id,
      status: 'queued',
      reused: true,
    });
    const longer = { ...wanted, time_range: 'long_term' } as const;
    expect((await call('ingestListening', longer)).task_id).not.toBe(id);
    await ends(id, person);
    // The key was used for that one.
    expect(await call('ingestListening', wanted, key)).toMatchObject({ task_id: id });
    await expect(call('ingestListening', longer, key)).rejects.toMatchObject({
      code: 'IDEMPOTENCY_MISMATCH',
    });
    const next = await Promise.all([call('ingestListening', wanted), other.call('ingestListening', wanted)]);
    expect(new Set(next.map(({ task_id }) => task_id)).size).toBe(1);
    expect(next[0]?.task_id).not.toBe(id);
    await other.close();
  });

  it.each<[string, (idempotencyKey: string, change: object) => Promise<unknown>, object]>([
    [
      'ingestListening',
      (idempotencyKey, change) => call('ingestListening', { ...ingest, ...change }, { idempotencyKey }),
      { time_range: 'long_term' },
    ],
    [
      'registerUser',
      (idempotencyKey, change) =>
        call('registerUser', { ...registration('bob'), ...change }, { idempotencyKey }),
      { email: 'other@example.com' },
    ],
    [
      'storeTokens',
      (idempotencyKey, change) => call('storeTokens', { ...tokens(user_id), ...change }, { idempotencyKey }),
      { access_token: 'other' },
    ],
  ])('%s: is refused with another body', async (_route, ask, change) => {
    const key = newId();
    expect(await ask(key, {})).toEqual(await ask(key, {}));
    await expect(ask(key, change)).rejects.toMatchObject({ status: 422, code: 'IDEMPOTENCY_MISMATCH' });
  });

  it('is told from the same key of somebody else', async () => {
    const once = { idempotencyKey: newId() };
    const other = newId();
    system.behind.users.set('zoe', other);
    for (const name of ['mia', 'tom']) {
      await call('registerUser', registration(name), once);
    }
    for (const id of [user_id, other]) {
      await call('storeTokens', tokens(id), once);
    }
  });

  it('gives the same insight again when the tone that the person prefers has changed since', async () => {
    const snapshot = exampleSnapshot(user_id);
    system.behind.snapshots.push(snapshot);
    const asked = { snapshot_id: snapshot.id, insight_type: 'wellness' } as const;
    const once = { idempotencyKey: newId() };
    const first = await call('generateInsight', asked, once);
    system.behind.tones.set(user_id, 'playful');
    await call('registerUser', { spotify_user_id: 'ada', display_name: 'Ada' });
    expect(await call('generateInsight', asked, once)).toEqual(first);
    const other = { ...asked, tone_mode: 'direct' } as const;
    await expect(call('generateInsight', other, once)).rejects.toMatchObject({
      code: 'IDEMPOTENCY_MISMATCH',
    });
    const another = { ...asked, insight_type: 'roast' } as const;
    await expect(call('generateInsight', another, once)).rejects.toMatchObject({
      code: 'IDEMPOTENCY_MISMATCH',
    });
  });

  it('hands the key on with the tokens, so that a repeat does not store them again', async () => {
    const keys: unknown[] = [];
    await system.behind.answer(storeTokens, ({ user_id, idempotency_key }) => {
      keys.push(idempotency_key);
      return {
        ...{ user_id, provider: 'spotify' as const, scopes: [] },
        ...{ expires_at: '2026-11-23T11:00:00Z', stored_at: '2026-11-23T10:00:00Z' },
      };
    });
    const once = { idempotencyKey: newId() };
    await call('storeTokens', tokens(user_id), once);
    await call('storeTokens', tokens(user_id));
    expect(keys).toEqual([once.idempotencyKey, undefined]);
  });

  it.each(['', 'x'.repeat(256)])('is refused with a key of a wrong length', async (key) => {
    const refused = { status: 422, errors: [{ path: 'Idempotency-Key' }] };
    await expect(ingested({ idempotencyKey: key })).rejects.toMatchObject(refused);
  });
});
