import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, expectTypeOf, it } from 'vitest';
import type { Snapshot } from '../listening/snapshot.js';
import type { Api } from './api.ts';
import { ApiError, ApiUnreachable } from './api-error.ts';
import { call, request } from './call.ts';
import { follow } from './follow.ts';
import { pages } from './pages.ts';
import type { InputOf, RouteId } from './route-types.ts';
import { upload } from './upload.ts';

const ID = '0199b2c4-9a01-7c4e-8d22-6b1f0c3e5a77';

interface Asked {
  readonly line: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

let server: Server;
let api: Api;
let asked: Asked[];
/** The answers to come, in turn. */
let answers: ((response: ServerResponse) => unknown)[];

beforeAll(async () => {
  server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    asked.push({ line: `${request.method} ${request.url}`, headers: request.headers, body });
    answers.shift()?.(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  api = { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  asked = [];
  answers = [];
});

const json =
  (body: unknown, headers: Record<string, string> = {}, status = 200) =>
  (response: ServerResponse) =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));

describe('a call', () => {
  it('puts the fields where the route says', async () => {
    answers = [json({}), json({}), json({}), json({})];
    await call(api, 'startRebuild', { projection: 'a b', swap: 'never' });
    await call(api, 'pauseReplay', { replay_id: ID });
    await call(api, 'listSnapshots', { user_id: ID, limit: 2 });
    await call(api, 'retryDeadLetter', { dead_letter: 'x' });
    expect(asked.map(({ line, body }) => [line, body])).toEqual([
      ['POST /api/admin/rebuilds/a%20b', '{"swap":"never"}'],
      [`POST /api/admin/replays/${ID}/pause`, '{}'],
      [`GET /api/listening/snapshots?user_id=${ID}&limit=2`, ''],
      ['POST /api/admin/dead-letters/x/retry', ''],
    ]);
  });

  it('carries headers and an idempotency key', async () => {
    answers = [json({})];
    const options = { idempotencyKey: 'once', headers: { 'x-more': '1' } };
    await call(
      { ...api, headers: { authorization: 'Bearer a' } },
      'runSchedule',
      { name: 'ingest-all-users' },
      options,
    );
    expect(asked[0]?.headers).toMatchObject({
      'idempotency-key': 'once',
      'x-more': '1',
      authorization: 'Bearer a',
      'content-type': 'application/json',
    });
  });

  it('gives the response itself to who needs its headers', async () => {
    answers = [json({ status: 'queued' }, { location: '/api/tasks/1' }, 202)];
    const response = await request(api, 'runSchedule', { name: 'ingest-all-users' });
    expect([response.status, response.headers.get('location')]).toEqual([202, '/api/tasks/1']);
    expect(await response.json()).toEqual({ status: 'queued' });
  });

  it('throws the problem that the API answered', async () => {
    const problem = {
      type: 'about:blank',
      title: 'Unprocessable Content',
      status: 422,
      detail: 'the input is wrong',
      code: 'INVALID_INPUT',
      errors: [{ path: 'limit', message: 'is too large' }],
      trace_id: 'abc',
    };
    answers = [json(problem, { 'content-type': 'application/problem+json' }, 422)];
    const error = await call(api, 'listPrompts').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({
      status: 422,
      code: 'INVALID_INPUT',
      detail: 'the input is wrong',
      errors: [{ path: 'limit', message: 'is too large' }],
      traceId: 'abc',
      message: 'the input is wrong (422 INVALID_INPUT)\n  limit: is too large\n  trace abc',
    });
  });

  it.each([
    [502, 'Bad Gateway (502)'],
    [200, 'the answer is not valid JSON: is there an Undertone at this address? (200)'],
  ])('throws what can be said of a page with %i', async (status, message) => {
    answers = [
      (response) => response.writeHead(status, { 'content-type': 'text/html' }).end('<h1>proxy</h1>'),
    ];
    await expect(call(api, 'listPrompts')).rejects.toMatchObject({ status, code: undefined, message });
  });

  it('says what to do where nothing answers', async () => {
    const error = await call({ url: 'http://127.0.0.1:9' }, 'health').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ApiUnreachable);
    expect((error as Error).message).toMatch(/^the API at http:\/\/127\.0\.0\.1:9 does not answer: start it/);
  });

  it('ends with the reason of its signal', async () => {
    const stopped = new AbortController();
    answers = [() => stopped.abort(new Error('enough'))];
    await expect(call(api, 'health', {}, { signal: stopped.signal })).rejects.toThrow('enough');
  });
});

it('reads a list by its links, at the path that it is reached under', async () => {
  const link = (query: string) => ({ link: `</api/admin/dead-letters?${query}>; rel="next"` });
  answers = [json([1], link('limit=1&cursor=a')), json([2], link('limit=1&cursor=b')), json([3])];
  const read: unknown[] = [];
  const behindProxy = { url: `${api.url}undertone` };
  for await (const page of pages(behindProxy, 'listDeadLetters', { status: 'open' })) read.push(page);
  expect(read).toEqual([[1], [2], [3]]);
  expect(asked.map(({ line }) => line)).toEqual([
    'GET /undertone/api/admin/dead-letters?status=open',
    'GET /undertone/api/admin/dead-letters?limit=1&cursor=a',
    'GET /undertone/api/admin/dead-letters?limit=1&cursor=b',
  ]);
});

describe('a stream of events', () => {
  const quickly = { retryMs: 1 };
  const events = (from: number, to: number) => (response: ServerResponse) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (let nth = from; nth <= to; nth += 1)
      response.write(`id: ${nth}\nevent: task\ndata: {"nth":${nth}}\n\n`);
    return response;
  };

  it('is followed through breaks and failures, from the last event on, to its end', async () => {
    answers = [
      (response) => events(1, 2)(response).end(),
      json({}, {}, 503),
      (response) => setImmediate(() => response.destroy()),
      (response) => events(3, 3)(response).end(),
      (response) => response.writeHead(204).end(),
    ];
    const read: unknown[] = [];
    for await (const task of follow(api, 'followTask', { task_id: ID }, quickly)) read.push(task);
    expect(read).toEqual([{ nth: 1 }, { nth: 2 }, { nth: 3 }]);
    const last = asked.map(({ headers }) => headers['last-event-id']);
    expect(last).toEqual([undefined, '2', '2', '2', '3']);
  });

  it('is closed when the loop is left', async () => {
    const closed = new Promise((resolve) => {
      answers = [(response) => events(1, 1)(response).once('close', resolve)];
    });
    for await (const _ of follow(api, 'followTask', { task_id: ID })) break;
    await closed;
  });

  it('that is refused is not tried again', async () => {
    answers = [json({ detail: 'there is no such task', code: 'TASK_NOT_FOUND' }, {}, 404)];
    const following = follow(api, 'followTask', { task_id: ID }, quickly);
    await expect(following.next()).rejects.toMatchObject({ code: 'TASK_NOT_FOUND' });
    expect(asked).toHaveLength(1);
  });

  it('is given up when it fails for too long', async () => {
    answers = [json({}, {}, 503), json({}, {}, 503), json({}, {}, 503)];
    const following = follow(api, 'followTask', { task_id: ID }, { ...quickly, tries: 2 });
    await expect(following.next()).rejects.toMatchObject({ status: 503 });
    expect(asked).toHaveLength(3);
  });

  it('ends with the reason of its signal', async () => {
    const stopped = new AbortController();
    answers = [events(1, 1)];
    const following = follow(api, 'followTask', { task_id: ID }, { signal: stopped.signal });
    await following.next();
    stopped.abort(new Error('enough'));
    await expect(following.next()).rejects.toThrow('enough');
  });
});

it('uploads the fields before the file', async () => {
  answers = [json({ task_id: ID, status: 'queued' }, {}, 202)];
  const queued = await upload(api, 'createImport', { user_id: ID }, new File(['[]'], 'plays.json'));
  expect(queued).toEqual({ task_id: ID, status: 'queued' });
  expect(asked[0]?.headers['content-type']).toMatch(/^multipart\/form-data; boundary=/);
  expect(asked[0]?.body).toMatch(/name="user_id".*name="file"; filename="plays\.json"/s);
});

/** Fields for which the compiler takes anything: a schema that coerces says what a client gives, `z.coerce.number<number>()`. */
type Untyped = {
  [K in RouteId]: {
    [F in keyof InputOf<K>]-?: unknown extends InputOf<K>[F] ? [K, F] : never;
  }[keyof InputOf<K>];
}[RouteId];

it('knows the types of every input and answer', () => {
  // Not run: the compiler checks it.
  const checked = async () => {
    // A field with a default may be left out.
    const queued = await call(api, 'generateInsight', { snapshot_id: ID, insight_type: 'roast' });
    expectTypeOf(queued).toEqualTypeOf<{ task_id: string; status: 'queued' }>();
    expectTypeOf(await call(api, 'getSnapshot', { snapshot_id: ID })).toEqualTypeOf<Snapshot>();
    for await (const page of pages(api, 'listSnapshots', { user_id: ID })) {
      expectTypeOf(page).toEqualTypeOf<Snapshot[]>();
    }
    // @ts-expect-error a field that the route does not have
    await call(api, 'getSnapshot', { snapshot_id: ID, user_id: ID });
    // @ts-expect-error a value that the field does not take
    await call(api, 'generateInsight', { snapshot_id: ID, insight_type: 'haiku' });
    // @ts-expect-error a field that the route needs
    await call(api, 'getSnapshot', {});
    // @ts-expect-error no input where the route needs one
    await call(api, 'getSnapshot');
    // @ts-expect-error no such route
    await call(api, 'getSnapshots', { snapshot_id: ID });
    // @ts-expect-error a stream is followed, not called
    await call(api, 'followTask', { task_id: ID });
    // @ts-expect-error a list that has one page
    pages(api, 'listPrompts');
  };
  expectTypeOf(checked).toBeFunction();
  expectTypeOf<Untyped>().toBeNever();
});
