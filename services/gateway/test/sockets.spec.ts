import { type IncomingMessage, request } from 'node:http';
import { json } from 'node:stream/consumers';
import type { EventDefinition } from '@undertone/contracts/event';
import {
  JobFailed,
  JobProgressed,
  JobRevoked,
  JobStarted,
  JobSucceeded,
} from '@undertone/contracts/jobs/job';
import type { SocketMessage } from '@undertone/contracts/live/socket';
import { jobAggregate } from '@undertone/contracts/subjects';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { newId } from '@undertone/platform/ids/ids';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { problemOf } from './client.js';
import { answerSignIn, signedInAs } from './sign-in-behind.js';
import { connected, type SocketClient } from './socket-client.js';
import { type CalledGateway, startCalled, startSystem, type TestSystem } from './system.js';

const NAMED = 'https://music.example';
const PUBLIC = 'http://127.0.0.1:8000';

let system: TestSystem;
let signedIn: CalledGateway;
/** As the worker writes: what the operator publishes reaches no listener in another account. */
let log: EventStore;
const user_id = newId();
const other = newId();
beforeAll(async () => {
  system = await startSystem();
  system.behind.users.set('ada', user_id).set('bob', other);
  await answerSignIn(system.behind, user_id);
  log = await EventStore.open(await system.infrastructure.connect({}, 'ingestion'));
  signedIn = await startCalled(
    { ...system.environment, AUTH_MODE: 'accounts', PUBLIC_URL: PUBLIC, CORS_ORIGINS: NAMED },
    async ({ headers }) =>
      headers.authorization || headers['sec-websocket-protocol'] || headers.cookie
        ? { caller: signedInAs(user_id), credential: { id: newId() } }
        : { caller: { who: { kind: 'anonymous' }, roles: [], scopes: [], authenticated_by: 'nothing' } },
  );
});
afterAll(async () => {
  await signedIn?.close();
  await system?.stop();
});

/** What a worker tells of an ingest. */
function working(task_id: string) {
  const aggregate = jobAggregate('spotify', 'interactive', task_id);
  return async (definition: EventDefinition, more: object) => {
    const data = { job_id: task_id, job_type: 'ingest-listening-data', user_id, attempt: 1, ...more };
    const at = { source: 'test', time: new Date('2099-01-01T00:00:00Z') };
    const last = (await log.last('JOBS', aggregate.filter))?.sequence ?? 0;
    await log.append(aggregate, { ...at, definition, id: newId(), data }, last);
  };
}

const progress = { percent: 40, message: 'fetching' };
const result = { snapshot_id: newId(), reused: false, fetched_at: '2026-11-30T10:00:00Z' };

const eventIdOf = (message: SocketMessage): string => ('event_id' in message ? message.event_id : '');

async function ingesting(client: SocketClient, person = user_id): Promise<string> {
  client.say({ action: 'ingest', user_id: person });
  const queued = await client.next();
  expect(queued).toMatchObject({ status: 'queued', attempt: 0 });
  return queued.task_id ?? '';
}

describe('a WebSocket', () => {
  it('takes an ingest as the earlier version did, and tells of it up to its result', async () => {
    const client = await connected(system.url);
    const task_id = await ingesting(client);
    const work = working(task_id);
    await work(JobStarted, { worker: 'test' });
    await work(JobProgressed, { progress });
    await work(JobSucceeded, { result });
    expect(await client.next()).toMatchObject({ task_id, status: 'started', attempt: 1 });
    expect(await client.next()).toMatchObject({ task_id, status: 'progress', progress });
    expect(await client.next()).toMatchObject({ task_id, status: 'completed', result });
    client.socket.close();
    expect(await client.closed).toBe(1005);
  });

  it.each([
    [JobFailed, { problem: { code: 'NOT_CONNECTED', message: 'no account' } }, 'NOT_CONNECTED'],
    [JobRevoked, { reason: 'test' }, 'REVOKED'],
  ] as const)('says why one failed', async (definition, more, code) => {
    const client = await connected(system.url);
    const task_id = await ingesting(client);
    await working(task_id)(definition, more);
    expect(await client.next()).toMatchObject({ task_id, status: 'failed', error: { code } });
    client.socket.close();
  });

  it('follows a task from the first status on, and behind a message when it comes back', async () => {
    const client = await connected(system.url);
    const { task_id } = await system.call('ingestListening', { user_id, time_range: 'long_term' });
    await working(task_id)(JobStarted, { worker: 'test' });
    client.say({ action: 'subscribe', task_id });
    const first = await client.next();
    expect(first).toMatchObject({ task_id, status: 'queued' });
    expect(await client.next()).toMatchObject({ task_id, status: 'started' });
    client.socket.close();
    await client.closed;
    await working(task_id)(JobSucceeded, { result });
    const again = await connected(system.url);
    const subscribe = (last_event_id: string) => again.say({ action: 'subscribe', task_id, last_event_id });
    subscribe(eventIdOf(first));
    expect(await again.next()).toMatchObject({ task_id, status: 'started' });
    const last = await again.next();
    expect(last).toMatchObject({ task_id, status: 'completed' });
    // The end comes again for a client that has seen it, since a socket has no other way to say so.
    subscribe(eventIdOf(last));
    expect(await again.next()).toEqual(last);
    for (const foreign of ['999999999999999', '0']) {
      subscribe(foreign);
      const statuses = [await again.next(), await again.next(), await again.next()].map(
        ({ status }) => status,
      );
      expect(statuses).toEqual(['queued', 'started', 'completed']);
    }
    again.socket.close();
  });

  it('asks once for what is sent again with its key', async () => {
    const command = { action: 'ingest', user_id, idempotency_key: newId() };
    const ids = new Set<string | undefined>();
    for (let round = 0; round < 2; round += 1) {
      const client = await connected(system.url);
      client.say(command);
      ids.add((await client.next()).task_id);
      client.socket.close();
    }
    expect(ids.size).toBe(1);
  });

  it('tells once of what is sent again with its key while it is followed', async () => {
    const client = await connected(system.url);
    const command = { action: 'ingest', user_id, idempotency_key: newId() };
    client.say(command);
    const seen = [await client.next()];
    const work = working(seen[0]?.task_id ?? '');
    await work(JobStarted, { worker: 'test' });
    seen.push(await client.next());
    client.say(command);
    client.say({ action: 'dance' });
    // Commands are taken one after another.
    while (seen.at(-1)?.status !== 'error') seen.push(await client.next());
    await work(JobSucceeded, { result });
    while (seen.at(-1)?.status !== 'completed') seen.push(await client.next());
    expect(seen.map(({ status }) => status)).toEqual(['queued', 'started', 'error', 'completed']);
    client.socket.close();
  });

  it.each<[string | object, string, string]>([
    ['{"action":', 'BAD_REQUEST', ''],
    ['[]', 'INVALID_INPUT', 'action'],
    [{ action: 'dance' }, 'INVALID_INPUT', 'action'],
    [{ action: 'constructor' }, 'INVALID_INPUT', 'action'],
    [{ action: 'ingest', user_id: 'ada' }, 'INVALID_INPUT', 'user_id'],
    [{ action: 'ingest' }, 'INVALID_INPUT', 'user_id'],
    [{ action: 'ingest', user_id, time_range: 'always' }, 'INVALID_INPUT', 'time_range'],
    [{ action: 'subscribe', task_id: newId(), more: 1 }, 'INVALID_INPUT', 'more'],
  ])('names what is wrong in %j, and stays', async (message, code, path) => {
    const client = await connected(system.url);
    client.say(message);
    expect(await client.next()).toMatchObject({ status: 'error', error: { code, errors: [{ path }] } });
    await ingesting(client);
    client.socket.close();
  });

  it('refuses what is not there, binary messages and too many tasks, and stays', async () => {
    const client = await connected(system.url);
    client.socket.send(Buffer.from('{}'));
    expect(await client.next()).toMatchObject({ error: { code: 'BAD_REQUEST' } });
    const task_id = newId();
    client.say({ action: 'subscribe', task_id });
    expect(await client.next()).toMatchObject({
      status: 'error',
      task_id,
      error: { code: 'TASK_NOT_FOUND' },
    });
    for (let count = 0; count < 50; count += 1) {
      const person = newId();
      system.behind.users.set(person, person);
      await ingesting(client, person);
    }
    client.say({ action: 'ingest', user_id });
    expect(await client.next()).toMatchObject({ status: 'error', error: { code: 'TOO_MANY_STREAMS' } });
    client.socket.close();
  });

  it('is closed by a message that is too large, and by a server that stops', async () => {
    const replica = await system.start();
    const [large, open] = [await connected(replica.url), await connected(replica.url)];
    large.say('x'.repeat(20_000));
    expect(await large.closed).toBe(1009);
    await replica.close();
    expect(await open.closed).toBe(1001);
  });

  it('counts as an open stream, and messages are limited as requests are', async () => {
    const replica = await system.start({ OPEN_STREAMS_LIMIT: '1', RATE_LIMIT_REQUESTS: '4' });
    const client = await connected(replica.url);
    await expect(connected(replica.url)).rejects.toThrow('503');
    for (const message of [{ action: 'subscribe', task_id: newId() }, '{', { action: 'dance' }, undefined]) {
      const codes: string[] = [];
      while (codes.at(-1) !== 'RATE_LIMITED' && codes.length < 10) {
        if (message === undefined) client.socket.send(Buffer.from('{}'));
        else client.say(message);
        codes.push(((await client.next()) as { error: { code: string } }).error.code);
      }
      expect(codes.at(-1), JSON.stringify(message)).toBe('RATE_LIMITED');
    }
    client.socket.terminate();
    await replica.close();
  });

  it('of a client that reads nothing is closed', async () => {
    const client = await connected(system.url);
    client.socket.pause();
    const ping = Buffer.alloc(125);
    for (let sent = 0; sent < 200_000; sent += 1) client.socket.ping(ping);
    await new Promise<void>((resolve) => client.socket.ping(ping, undefined, () => resolve())).catch(
      () => {},
    );
    client.socket.resume();
    // Without a code where the client takes too long to read that, too.
    expect([1013, 1006]).toContain(await client.closed);
  });
});

describe('whoever asks for a WebSocket', () => {
  const handshake = (headers: object) =>
    new Promise<IncomingMessage>((resolve) => {
      const upgrade = { connection: 'Upgrade', upgrade: 'websocket', ...headers };
      request(new URL('/ws', system.url), { headers: upgrade }, resolve).end();
    });
  const bearer = { headers: { authorization: 'Bearer t' } };

  it('has to sign in, by header or among the protocols', async () => {
    await expect(connected(signedIn.url)).rejects.toThrow('401');
    const client = await connected(signedIn.url, bearer);
    client.say({ action: 'ingest', user_id: other });
    expect(await client.next()).toMatchObject({ error: { code: 'USER_NOT_FOUND' } });
    client.say({ action: 'ingest' });
    expect(await client.next()).toMatchObject({ status: 'queued' });
    client.socket.close();
    const page = await connected(signedIn.url, { origin: NAMED }, ['undertone', 'undertone.bearer.a.b-c_d']);
    expect(page.socket.protocol).toBe('undertone');
    page.socket.close();
  });

  it.each([
    ['https://evil.example', { authorization: 'Bearer t' }],
    ['null', { authorization: 'Bearer t' }],
    ['http://127.0.0.1:8001', { cookie: 'undertone-access=t' }],
    [NAMED, { cookie: 'undertone-access=t' }],
  ])('from a page of %s is refused, whatever it shows', async (origin, headers) => {
    await expect(connected(signedIn.url, { origin, headers })).rejects.toThrow('403');
  });

  it('from a page of the installation gets in by its cookie', async () => {
    const page = await connected(signedIn.url, {
      origin: PUBLIC,
      headers: { cookie: 'undertone-access=t' },
    });
    page.socket.close();
  });

  it('in open mode has to be no page of another site', async () => {
    await expect(connected(system.url, { origin: 'https://evil.example' })).rejects.toThrow('403');
    const own = await connected(system.url, { origin: new URL(system.url).origin });
    own.socket.close();
  });

  it('without an upgrade is told to, and elsewhere an upgrade is ignored', async () => {
    const plain = await system.send('GET', '/ws');
    expect(problemOf(plain)).toMatchObject({ status: 426, code: 'UPGRADE_REQUIRED' });
    expect(plain.headers.get('upgrade')).toBe('websocket');
    expect(problemOf(await system.send('POST', '/ws')).code).toBe('METHOD_NOT_ALLOWED');
    for (const wrong of [
      { 'sec-websocket-version': '13' },
      { 'sec-websocket-version': '13', 'sec-websocket-key': 'short' },
      { 'sec-websocket-version': '9', 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' },
    ]) {
      const refused = await handshake(wrong);
      expect(refused.headers).toMatchObject({ 'sec-websocket-version': '13' });
      expect(refused.headers['content-type']).toContain('application/problem+json');
      expect(await json(refused)).toMatchObject({ status: 400, code: 'BAD_REQUEST' });
    }
    const status = await new Promise((resolve) => {
      const headers = { connection: 'Upgrade', upgrade: 'h2c' };
      request(new URL('/livez', system.url), { headers }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      }).end();
    });
    expect(status).toBe(200);
  });
});
