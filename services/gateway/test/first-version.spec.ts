import { generateInsight } from '@undertone/contracts/jobs/generate-insight';
import { ingestListeningData } from '@undertone/contracts/jobs/ingest-listening-data';
import {
  type JobDefinition,
  JobFailed,
  type JobProblem,
  JobRequested,
  JobSucceeded,
} from '@undertone/contracts/jobs/job';
import { lendToken } from '@undertone/contracts/token/rpc';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { newId } from '@undertone/platform/ids/ids';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { jobAggregateOf } from '@undertone/platform/test-kit/jobs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { problemOf, type Reply, type Sent } from './client.js';
import { conforms } from './conforms.js';
import { exampleInsight } from './examples.js';
import { answerSignIn, signedInAs } from './sign-in-behind.js';
import { type CalledGateway, startCalled, startSystem, type TestSystem } from './system.js';

const PATH = '/api/wellness/insights';
const PAGE = 'http://localhost:3000';

let system: TestSystem;
let workers: Record<'ingestion' | 'insight', EventStore>;
beforeAll(async () => {
  system = await startSystem({ CORS_ORIGINS: PAGE, OPEN_STREAMS_LIMIT: '2' });
  const worker = async (service: string) => EventStore.open(await system.infrastructure.connect({}, service));
  workers = { ingestion: await worker('ingestion'), insight: await worker('insight') };
});
afterAll(() => system.stop());

interface Asked {
  readonly token: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly sent?: Sent;
}
const ask = async ({ token, query, sent }: Asked): Promise<Reply> => {
  const reply = await system.send('POST', PATH, { ...sent, query: { access_token: token, ...query } });
  conforms('wellnessInsight', reply);
  return reply;
};

/** The job of a type that was requested for whoever has the token. */
const requested = (token: string, { type }: JobDefinition) =>
  eventually(`${type} is requested`, async () => {
    const all = await system.store.readFiltered('JOBS', 'jobs.*.*.*.requested');
    const jobs = all.map((event) => JobRequested.read(event));
    return jobs.findLast((job) => job?.job_type === type && job.user_id === system.behind.users.get(token));
  });

/** Ends a job as its worker does. */
async function end(token: string, definition: JobDefinition, result: object | JobProblem, failed = false) {
  const { job_id, job_type, user_id } = await requested(token, definition);
  const worker = definition === ingestListeningData ? workers.ingestion : workers.insight;
  const aggregate = await jobAggregateOf(worker, job_id);
  const [first] = await worker.read(aggregate);
  const fact = { job_id, job_type, user_id, attempt: 1 };
  const event = { id: newId(), time: new Date(), source: 'test', correlationId: job_id };
  const ended = failed
    ? { ...event, definition: JobFailed, data: { ...fact, problem: result as JobProblem } }
    : { ...event, definition: JobSucceeded, data: { ...fact, result } };
  await worker.append(aggregate, ended as Parameters<typeof worker.append>[1], first?.sequence ?? 0);
  return job_id;
}

const ingested = () => ({ snapshot_id: newId(), reused: false, fetched_at: '2026-11-30T10:00:00.000Z' });

describe('the first version’s call', () => {
  it('waits for the snapshot and the insight of the token’s account, and says what takes its place', async () => {
    const token = `waits-${newId()}`;
    const answer = ask({ token, sent: { json: { tone_mode: 'playful' } } });
    const result = ingested();
    await end(token, ingestListeningData, result);
    expect(await requested(token, generateInsight)).toMatchObject({
      lane: 'interactive',
      payload: { snapshot_id: result.snapshot_id, insight_type: 'wellness', tone_mode: 'playful' },
    });
    const insight = exampleInsight(system.behind.users.get(token) ?? '');
    system.behind.insights.push(insight);
    await end(token, generateInsight, { insight_id: insight.id, reused: false });
    const { status, headers, body } = await answer;
    expect([status, body]).toEqual([200, insight]);
    expect(headers.get('deprecation')).toBe('@1795996800');
    expect(headers.get('sunset')).toBe('Tue, 30 Nov 2027 00:00:00 GMT');
    expect(headers.get('link')).toContain('</api/insights/generate>; rel="successor-version"');
    expect(system.behind.asked(lendToken)).toBeGreaterThan(0);
  });

  it('gives the task when its time is over, and goes on from there with the same key', async () => {
    const token = `slow-${newId()}`;
    const headers = { 'idempotency-key': newId() };
    const first = await ask({ token, query: { timeout: '1' }, sent: { headers } });
    const { job_id } = await requested(token, ingestListeningData);
    expect([first.status, first.body]).toEqual([202, { task_id: job_id, status: 'queued' }]);
    expect(first.headers.get('location')).toBe(`/api/tasks/${job_id}`);
    await end(token, ingestListeningData, ingested());
    const second = await ask({ token, query: { timeout: '1' }, sent: { headers } });
    const generation = await requested(token, generateInsight);
    expect(second.body).toEqual({ task_id: generation.job_id, status: 'queued' });
    const third = await ask({ token, query: { timeout: '1' }, sent: { headers } });
    expect(third.body).toEqual(second.body);
  });

  it.each([
    ['RELINK_REQUIRED', 409, 'RELINK_REQUIRED'],
    ['NO_LISTENING', 502, 'TASK_FAILED'],
  ])('says why a task failed: %s', async (code, status, shown) => {
    const token = `fails-${newId()}`;
    const answer = ask({ token });
    const taskId = await end(token, ingestListeningData, { code, message: 'there is nothing' }, true);
    const reply = await answer;
    expect(problemOf(reply)).toMatchObject({ status, code: shown, detail: /there is nothing/ });
    expect(reply.headers.get('location')).toBe(`/api/tasks/${taskId}`);
    expect(reply.headers.get('sunset')).not.toBeNull();
  });

  it('takes a place while it waits, and gives it back when its client goes away', async () => {
    const gone = new AbortController();
    const url = (token: string) => `${system.url}${PATH}?access_token=${token}&timeout=60`;
    const tokens = [`gone-${newId()}`, `gone-${newId()}`];
    const waiting = tokens.map((token) => fetch(url(token), { method: 'POST', signal: gone.signal }));
    const ended = Promise.allSettled(waiting);
    for (const token of tokens) await requested(token, ingestListeningData);
    expect(problemOf(await ask({ token: 'one-more' })).code).toBe('TOO_MANY_STREAMS');
    gone.abort();
    await ended;
    const reply = await eventually('there is room again', async () => {
      const again = await ask({ token: 'one-more', query: { timeout: '1' } });
      return again.status === 202 && again;
    });
    expect(reply.status).toBe(202);
  });

  it.each([
    [{ timeout: '0' }, 'timeout'],
    [{ timeout: '61' }, 'timeout'],
    [{ timeout: 'soon' }, 'timeout'],
    [{ tone_mode: 'shouting' }, 'tone_mode'],
    [{ access_token: '' }, 'access_token'],
    [{ access_token: 'two\nlines' }, 'access_token'],
    [{ access_token: 'x'.repeat(4_097) }, 'access_token'],
    [{ user_id: newId() }, 'user_id'],
  ])('refuses %j, and repeats nothing of it', async (query, path) => {
    const reply = await ask({ token: 'secret-token', query: query as Record<string, string> });
    expect(problemOf(reply)).toMatchObject({ code: 'INVALID_INPUT', errors: [{ path }] });
    expect(reply.text).not.toMatch(/secret-token|two|xxxx/);
  });
});

describe('a page that the operator named', () => {
  const origin = { origin: PAGE };
  const asks = { ...origin, 'access-control-request-method': 'POST' };
  const preflight = (path: string) =>
    system.send('OPTIONS', path, {
      headers: { ...asks, 'access-control-request-headers': 'content-type' },
    });

  it('makes this call with fetch in open mode, and reads what comes of it', async () => {
    const asked = await preflight(`${PATH}?access_token=t`);
    expect([asked.status, asked.headers.get('access-control-allow-origin')]).toEqual([204, PAGE]);
    const json = { tone_mode: 'direct', timeout: 1 };
    const reply = await ask({ token: `page-${newId()}`, sent: { headers: origin, json } });
    expect([reply.status, reply.headers.get('access-control-allow-origin')]).toEqual([202, PAGE]);
    expect(reply.headers.get('access-control-expose-headers')).toMatch(/deprecation.*link.*sunset/);
  });

  it('makes no other call there, nor does another page make this one', async () => {
    const other = await preflight('/api/users/register');
    expect(other.headers.get('access-control-allow-origin')).toBeNull();
    const register = await system.send('POST', '/api/users/register', { headers: origin, json: {} });
    expect(problemOf(register).code).toBe('FOREIGN_PAGE');
    const evil = { headers: { origin: 'https://evil.example' } };
    const refused = await system.send('POST', `${PATH}?access_token=t`, evil);
    expect(problemOf(refused).code).toBe('FOREIGN_PAGE');
    expect(refused.headers.get('access-control-allow-origin')).toBeNull();
  });
});

describe('where people sign in', () => {
  let gateway: CalledGateway;
  const user_id = newId();
  beforeAll(async () => {
    await answerSignIn(system.behind, user_id);
    gateway = await startCalled({ ...system.environment, AUTH_MODE: 'accounts' }, async ({ headers }) =>
      headers.authorization
        ? { caller: signedInAs(user_id), credential: { id: newId() } }
        : { caller: { who: { kind: 'anonymous' }, roles: [], scopes: [], authenticated_by: 'nothing' } },
    );
  });
  afterAll(() => gateway?.close());

  it('a token alone lets nobody in', async () => {
    const query = { access_token: 'somebody’s' };
    const reply = await gateway.send('POST', PATH, { query });
    expect(problemOf(reply).code).toBe('UNAUTHENTICATED');
    expect(reply.headers.get('deprecation')).not.toBeNull();
  });
});
