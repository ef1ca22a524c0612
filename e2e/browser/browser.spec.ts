import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { streams } from '@undertone/contracts/streams';
import { anyJobFilter } from '@undertone/contracts/subjects';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { TcpProxy } from '@undertone/platform/test-kit/tcp-proxy';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Client } from '../stack/client.js';
import { Stack } from '../stack/stack.js';
import { type OpenBrowser, openBrowser } from './chromium.js';

/** What the page's script keeps of one who follows. */
interface Told {
  readonly ids: string[];
  readonly kinds: string[];
  readonly statuses: (string | null)[];
  readonly opened: number;
  readonly isOver: boolean;
  readonly last: Record<string, unknown> | null;
}

/** Of a page that keeps nothing of what it is told; more would be what the browser keeps. */
const HEAP_BYTES = 1024 * 1024;

/** Of pages that are not the gateway's own: one that the operator named, and one that nobody did. */
let elsewhere: { named: Server; other: Server };
const originOf = (server: Server) => `http://localhost:${(server.address() as AddressInfo).port}`;
async function serve(): Promise<Server> {
  const server = createServer((_, response) => {
    response.setHeader('content-type', 'text/html').end('<!doctype html><title>Elsewhere</title>');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

let browser: OpenBrowser;
let stack: Stack;
let client: Client;
let store: EventStore;
/** Between the browser and the gateway, where it is seen what the browser says. */
let proxy: TcpProxy;
let said = '';
let page: Page;
beforeAll(async () => {
  browser = await openBrowser();
  elsewhere = { named: await serve(), other: await serve() };
  stack = await Stack.start({ CORS_ORIGINS: originOf(elsewhere.named) });
  client = new Client(stack.url);
  store = await EventStore.open(await stack.infrastructure.connect());
  proxy = await TcpProxy.to(stack.url);
  proxy.toServer = (chunk) => {
    said += chunk.toString('latin1');
    return chunk;
  };
  page = await openPage();
});
afterAll(async () => {
  await browser?.close();
  await proxy?.close();
  await stack?.stop();
  for (const server of Object.values(elsewhere ?? {})) server.close();
});

/** A page at the gateway's own address, by way of the proxy. */
async function openPage(): Promise<Page> {
  const opened = await browser.context.newPage();
  // A real answer of that address: a browser does not let a page of nowhere reach this machine.
  await opened.goto(`${proxy.url}/healthz`);
  await opened.addScriptTag({ content: readFileSync(new URL('page.js', import.meta.url), 'utf8') });
  return opened;
}

const told = (name: string): Promise<Told> => page.evaluate(`window.told[${JSON.stringify(name)}]`);
const run = (script: string, ...args: unknown[]): Promise<unknown> =>
  page.evaluate(`window.${script}(${args.map((arg) => JSON.stringify(arg)).join(', ')})`);

/** The places in the log of all that became of a task. */
async function placesOf(taskId: string): Promise<string[]> {
  const events = await store.readFiltered(streams.JOBS.name, anyJobFilter(taskId));
  return events.map(({ sequence }) => String(sequence));
}

/** Spotify takes its time with a person, for as long as they are not let go. */
async function hold(user: string): Promise<() => Promise<unknown>> {
  const control = (method: string, body?: object) =>
    fetch(`${stack.simulatorUrl}/_control/faults`, {
      method,
      ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
  await control('POST', { kind: 'slow', ms: 120_000, user, route: '/v1/me/top/*' });
  return () => control('DELETE');
}

async function killAndRestart(): Promise<void> {
  await stack.kill('gateway');
  await stack.restart('gateway');
}

describe('a real browser, while the gateway is killed and comes back', () => {
  it('misses nothing by EventSource, and is told nothing twice', async () => {
    const userId = await client.join('browser-ada');
    const letGo = await hold('browser-ada');
    await run('followBySource', 'everything', `/api/events?user_id=${userId}`);
    await eventually('it is told where it begins', async () => (await told('everything')).ids.length > 0);
    const task = await client.ingest(userId, 'browser-ada');
    await run('followBySource', 'task', `/api/tasks/${task}/events`);
    for (const name of ['task', 'everything']) {
      await eventually(`${name} has started`, async () => (await told(name)).statuses.includes('STARTED'));
    }
    const before = await told('task');
    said = '';
    await killAndRestart();
    await letGo();
    await client.ended(task);
    await eventually('the stream of the task is over', async () => (await told('task')).isOver, 60_000);
    await eventually(
      'all is told',
      async () => (await told('everything')).statuses.includes('SUCCESS'),
      60_000,
    );

    const places = await placesOf(task);
    const after = await told('task');
    expect(after.ids).toEqual(places);
    expect(after.opened).toBe(2);
    expect(said.toLowerCase()).toContain(`last-event-id: ${before.ids.at(-1)}`);

    const everything = await told('everything');
    const ofTask = everything.ids.filter((_, at) => everything.kinds[at] === 'task');
    expect(ofTask).toEqual(places);
    expect(everything.kinds.filter((kind) => kind !== 'task')).toEqual(['position', 'snapshot']);
  });

  it('misses nothing by WebSocket, and is told nothing twice', async () => {
    const user_id = await client.join('browser-bo');
    const letGo = await hold('browser-bo');
    const ingest = { user_id, time_range: 'long_term', idempotency_key: 'browser-bo' };
    await run('ingestBySocket', 'socket', ingest);
    await eventually('it has started', async () => (await told('socket')).statuses.includes('started'));
    await killAndRestart();
    await letGo();
    await eventually('it is over', async () => (await told('socket')).isOver, 60_000);

    const { ids, statuses, last, opened } = await told('socket');
    expect(ids).toEqual(await placesOf(String(last?.task_id)));
    expect([statuses[0], statuses.at(-1)]).toEqual(['queued', 'completed']);
    expect(last?.result).toHaveProperty('snapshot_id');
    expect(opened).toBeGreaterThanOrEqual(2);
  });

  it('keeps no more of a stream the longer it is open', async () => {
    const { user_id } = await client.call('registerUser', {
      spotify_user_id: 'browser-cy',
      display_name: 'Cy',
      email: 'cy@listeners.example',
    });
    await run('countEnds', `/api/events?user_id=${user_id}`);
    const session = await browser.context.newCDPSession(page);
    let asked = 0;
    /** Has so many tasks end. @returns the page's memory after that. */
    const heapAfter = async (tasks: number): Promise<number> => {
      for (const end = asked + tasks; asked < end; asked += 1) await client.ingest(user_id, `cy ${asked}`);
      await eventually('all have ended', async () => (await page.evaluate('window.ends')) === asked, 60_000);
      await session.send('HeapProfiler.collectGarbage');
      return (await session.send('Runtime.getHeapUsage')).usedSize;
    };
    const first = await heapAfter(50);
    const second = await heapAfter(400);
    console.log(`the page's heap: ${first} bytes after 50 tasks, ${second} after 450`);
    expect(second - first).toBeLessThan(HEAP_BYTES);
  });
});

describe('a page of another origin', () => {
  /** The first version's call, as a page's `fetch` makes it. */
  async function fetched(from: Server, name: string): Promise<Record<string, unknown>> {
    const foreign = await browser.context.newPage();
    await foreign.goto(originOf(from));
    const path = `${stack.url}/api/wellness/insights?access_token=sim-access-${name}&timeout=60`;
    return foreign.evaluate(`fetch(${JSON.stringify(path)}, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ tone_mode: 'supportive' }),
    }).then(
      async (answer) => ({
        status: answer.status,
        sunset: answer.headers.get('sunset'),
        body: await answer.json(),
      }),
      (error) => ({ error: String(error) }),
    )`);
  }

  it('makes the first version’s call with fetch where the operator named it, and reads the insight', async () => {
    expect(await fetched(elsewhere.named, 'browser-eve')).toMatchObject({
      status: 200,
      sunset: expect.stringMatching(/GMT$/),
      body: { insight_type: 'wellness', tone_mode: 'supportive', content: expect.any(String) },
    });
  });

  it('reads nothing where nobody named it', async () => {
    expect(await fetched(elsewhere.other, 'browser-fay')).toEqual({ error: 'TypeError: Failed to fetch' });
  });
});
