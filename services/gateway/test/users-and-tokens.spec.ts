import { registerUser, userExists } from '@undertone/contracts/identity/rpc';
import { removeConnection, storeTokens } from '@undertone/contracts/token/rpc';
import { newId } from '@undertone/platform/ids/ids';
import { Refused } from '@undertone/platform/rpc/rpc-client';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Call } from './caller.js';
import { problemOf, taskIdOf } from './client.js';
import { conforms } from './conforms.js';
import { exampleSnapshot, registration, tokens } from './examples.js';
import { startSystem, type TestSystem } from './system.js';

let system: TestSystem;
beforeAll(async () => {
  system = await startSystem();
});
afterEach(() => system.behind.answerAll());
afterAll(() => system.stop());

const call: Call = (route, ...given) => system.call(route, ...given);
const registered = async () => (await call('registerUser', registration(newId()))).user_id;

describe('users', () => {
  it('are registered once a person', async () => {
    const first = await call('registerUser', registration('ada'));
    const second = await call('registerUser', registration('ada'));
    expect(second).toEqual(first);
    expect(JSON.stringify(first)).not.toContain('example.com');
  });

  it('may be refused by an identity of another release, in its words', async () => {
    await system.behind.answer(registerUser, () => {
      throw Refused.received({
        code: 'PERSON_ERASED',
        status: 409,
        message: 'this person asked to be forgotten',
      });
    });
    // Not declared by this release, so the document does not know it.
    const reply = await system.send('POST', '/api/users/register', { json: registration('eve') });
    const refused = { status: 409, code: 'PERSON_ERASED', detail: 'this person asked to be forgotten' };
    expect(problemOf(reply)).toMatchObject(refused);
  });
});

describe('tokens', () => {
  it('are stored, and not shown', async () => {
    const userId = await registered();
    const stored = await call('storeTokens', tokens(userId));
    expect(stored).toMatchObject({ user_id: userId, provider: 'spotify' });
    expect(JSON.stringify(stored)).not.toContain('secret');
  });

  it('of nobody are refused', async () => {
    const storing = call('storeTokens', tokens(newId()));
    await expect(storing).rejects.toMatchObject({ status: 404, code: 'USER_NOT_FOUND' });
    expect(system.behind.asked(storeTokens)).toBeLessThan(2);
  });
});

describe('what a provider told', () => {
  it('is removed by a task, and the provider disconnected, once for a key', async () => {
    const user_id = await registered();
    const remove = () =>
      call('removeProviderData', { user_id, provider: 'spotify' }, { idempotencyKey: 'once' });
    const { task_id } = await remove();
    expect(system.behind.asked(removeConnection)).toBe(1);
    expect(await call('getTask', { task_id })).toMatchObject({ job_type: 'remove-provider-data' });
    expect(await remove()).toEqual({ task_id, status: 'queued' });
  });

  it('is removed, too, where the person had disconnected before', async () => {
    await system.behind.answer(removeConnection, () => {
      throw new Refused('NOT_LINKED', 'there is no link');
    });
    const user_id = await registered();
    const queued = await call('removeProviderData', { user_id, provider: 'spotify' });
    expect(queued).toMatchObject({ status: 'queued' });
  });
});

describe('the routes of earlier versions', () => {
  const user_id = newId();
  const snapshot = exampleSnapshot(user_id);
  const person = { spotify_user_id: 'ada', display_name: 'Ada' };
  const { scope: _, ...submission } = tokens(user_id);
  const kept: [string, string, Readonly<Record<string, string | number>>, number][] = [
    ['registerUser', '/api/users/register', person, 200],
    ['storeTokens', '/api/tokens/store', submission, 200],
    ['ingestListening', '/api/listening/ingest', { user_id, time_range: 'short_term' }, 202],
    ['generateInsight', '/api/insights/generate', { snapshot_id: snapshot.id, insight_type: 'roast' }, 202],
  ];

  beforeEach(async () => {
    system.behind.snapshots.push(snapshot);
    await system.behind.answer(userExists, () => ({ exists: true, time_zone: null, tone_mode: null }));
  });

  it.each(kept)('%s takes its fields in the query', async (operation, path, input, status) => {
    const query = Object.fromEntries(Object.entries(input).map(([name, value]) => [name, String(value)]));
    const reply = await system.send('POST', path, { query });
    conforms(operation, reply);
    expect(reply.status).toBe(status);
  });

  it.each(kept)('%s takes JSON that fetch calls text', async (operation, path, input, status) => {
    const headers = { 'content-type': 'text/plain;charset=UTF-8' };
    const reply = await system.send('POST', path, { json: input, headers });
    conforms(operation, reply);
    expect(reply.status).toBe(status);
  });

  it.each(kept)('%s takes JSON of no type, whole or in chunks', async (_operation, path, input, status) => {
    const bytes = new TextEncoder().encode(JSON.stringify(input));
    for (const body of [bytes, new Blob([bytes]).stream()]) {
      const response = await fetch(`${system.url}${path}`, { method: 'POST', body, duplex: 'half' });
      expect(response.status).toBe(status);
    }
  });
});

describe('an ingest', () => {
  it.each([
    ['query', (input: Record<string, string>) => ({ query: input })],
    ['body', (input: Record<string, string>) => ({ json: input })],
  ])('is queued, asked for in the %s', async (_where, sent) => {
    const input = { user_id: await registered(), time_range: 'medium_term' };
    const reply = await system.send('POST', '/api/listening/ingest', sent(input));
    conforms('ingestListening', reply);
    const task = await call('getTask', { task_id: taskIdOf(reply) });
    expect(task).toMatchObject({ status: 'PENDING', job_type: 'ingest-listening-data' });
  });

  it('of nobody is refused, and tried anew when the person is there', async () => {
    const user_id = newId();
    const ingest = () => call('ingestListening', { user_id, time_range: 'short_term' });
    await expect(ingest()).rejects.toMatchObject({ status: 404, code: 'USER_NOT_FOUND' });
    system.behind.users.set('late', user_id);
    await ingest();
    // A yes is remembered.
    const asked = system.behind.asked(userExists);
    await ingest();
    expect(system.behind.asked(userExists)).toBe(asked);
  });
});
