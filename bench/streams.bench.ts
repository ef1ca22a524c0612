import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { newId } from '@undertone/platform/ids/ids';
import { startInfrastructure, type TestInfrastructure } from '@undertone/platform/test-kit/infrastructure';
import { sizeOf } from '@undertone/platform/test-kit/soak';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type BuiltService, startBuiltService, startProgram } from './built-service.js';
import { printed } from './figures.js';

const STREAMS = sizeOf('BENCH_STREAMS', { usual: 10_000 });
/** Connections that begin at once. */
const AT_ONCE = 50;
/** Memory of what is over is given back by then, or never. */
const SETTLE_MS = 10_000;
const LOOPBACK = '127.0.0.1';

let infrastructure: TestInfrastructure;
let gateway: BuiltService;
let bare: BuiltService;

beforeAll(async () => {
  infrastructure = await startInfrastructure([]);
  await infrastructure.provisionStreams();
  bare = await startProgram('a bare server', 'bench/bare-streams.ts');
  gateway = await startBuiltService('gateway', {
    ...infrastructure.environment('gateway'),
    AUTH_MODE: 'open',
    OPEN_STREAMS_LIMIT: String(STREAMS),
    RATE_LIMIT_REQUESTS: String(10 * STREAMS),
  });
}, 300_000);
afterAll(async () => {
  await gateway.stop();
  await bare.stop();
  await infrastructure.stop();
});

/** One stream of events of somebody of their own, once its first event has come. */
async function open(url: string): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), LOOPBACK);
  socket.write(`GET /api/events?user_id=${newId()} HTTP/1.1\r\nHost: ${LOOPBACK}\r\n\r\n`);
  let text = '';
  while (!text.includes('"position"')) {
    const [data] = await once(socket, 'data');
    text += String(data);
    if (!text.startsWith('HTTP/1.1 200')) throw new Error(text.slice(0, 300));
  }
  socket.resume();
  return socket;
}

/** @returns bytes of memory that each of so many open streams takes. */
async function bytesEach(server: BuiltService): Promise<number> {
  // What the first ones take is the code's.
  const first = await Promise.all(Array.from({ length: AT_ONCE }, () => open(server.url)));
  for (const socket of first) socket.destroy();
  await sleep(SETTLE_MS);
  const before = await server.residentBytes();
  const sockets: Socket[] = [];
  while (sockets.length < STREAMS) {
    const count = Math.min(AT_ONCE, STREAMS - sockets.length);
    sockets.push(...(await Promise.all(Array.from({ length: count }, () => open(server.url)))));
  }
  await sleep(SETTLE_MS);
  const after = await server.residentBytes();
  expect(sockets.filter(({ closed }) => closed)).toHaveLength(0);
  for (const socket of sockets) socket.destroy();
  return (after - before) / STREAMS;
}

it(`${STREAMS} open streams of events, each of another person`, async () => {
  const alone = await bytesEach(bare);
  const ours = await bytesEach(gateway);
  printed(`${STREAMS} open streams`, [
    ['a stream of the gateway', ours / 1024, 'kB'],
    ['a stream of node:http alone', alone / 1024, 'kB'],
    ['the one to the other', ours / alone, ''],
  ]);
});
