import { setTimeout as sleep } from 'node:timers/promises';
import { type ConfiguredWaysIn, listWaysIn } from '@undertone/contracts/sign-in/ways-in';
import { answer } from '@undertone/platform/test-kit/answer';
import { startInfrastructure, type TestInfrastructure } from '@undertone/platform/test-kit/infrastructure';
import { sizeOf } from '@undertone/platform/test-kit/soak';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type BuiltService, startBuiltService } from './built-service.js';
import { median, printed, worst } from './figures.js';

const SECONDS = sizeOf('BENCH_SECONDS', { usual: 60 });
/** What one address may ask for in a minute. */
const LIMIT = 60;
/** Each sends ten times that, and each honest caller half of it. */
const FLOODING = 100;
const HONEST = 20;

const ways: ConfiguredWaysIn = { registration: 'closed', forgotten_password: 'admin', providers: [] };

let infrastructure: TestInfrastructure;
let gateway: BuiltService;

beforeAll(async () => {
  infrastructure = await startInfrastructure([]);
  await infrastructure.provisionStreams();
  answer(await infrastructure.connect({}, 'identity'), listWaysIn, () => ways);
  gateway = await startBuiltService('gateway', {
    ...infrastructure.environment('gateway'),
    AUTH_MODE: 'accounts',
    TRUSTED_PROXIES: '127.0.0.0/8',
    RATE_LIMIT_REQUESTS: String(LIMIT),
    RATE_LIMIT_WINDOW_SECONDS: '60',
  });
}, 300_000);
afterAll(async () => {
  await gateway.stop();
  await infrastructure.stop();
});

interface Seen {
  readonly statuses: Map<number, number>;
  readonly ms: number[];
}

/** Asks as so many callers, each from an address of its own and at an even pace, for a while. */
async function callers(count: number, perMinute: number, network: string, seconds: number): Promise<Seen> {
  const seen: Seen = { statuses: new Map(), ms: [] };
  const asked: Promise<void>[] = [];
  const ask = async (address: string) => {
    const began = performance.now();
    const headers = { 'x-forwarded-for': address };
    const { status } = await fetch(`${gateway.url}/api/auth/ways-in`, { headers });
    seen.ms.push(performance.now() - began);
    seen.statuses.set(status, (seen.statuses.get(status) ?? 0) + 1);
  };
  const pauseMs = 60_000 / (count * perMinute);
  const until = performance.now() + seconds * 1000;
  for (let turn = 0, next = performance.now(); next < until; turn += 1, next += pauseMs) {
    const wait = next - performance.now();
    if (wait > 0) await sleep(wait);
    asked.push(ask(`${network}.${turn % count}`));
  }
  await Promise.all(asked);
  return seen;
}

const ratio = (of: number, to: number) => of / Math.max(to, Number.EPSILON);

it(`a flood of ${FLOODING} callers at ten times their limit for ${SECONDS} s`, async () => {
  const honestAlone = await callers(HONEST, LIMIT / 2, '198.51.100', Math.min(20, SECONDS));
  const [memory, log] = [await gateway.residentBytes(), gateway.loggedBytes()];
  const [flood, honest] = await Promise.all([
    callers(FLOODING, 10 * LIMIT, '203.0.113', SECONDS),
    callers(HONEST, LIMIT / 2, '198.51.100', SECONDS),
  ]);
  const of = ({ statuses }: Seen, status: number) => statuses.get(status) ?? 0;
  const sent = flood.ms.length;
  printed(`a flood of ${FLOODING} callers, ${SECONDS} s`, [
    ['requests of the flood', sent, ''],
    ['of these, let through', of(flood, 200), ''],
    ['of these, refused with 429', of(flood, 429), ''],
    [
      'let through, to what the limit allows',
      ratio(of(flood, 200), FLOODING * LIMIT * (1 + SECONDS / 60)),
      '',
    ],
    ['requests of honest callers', honest.ms.length, ''],
    ['of these, refused', honest.ms.length - of(honest, 200), ''],
    ['honest p50 in the flood, to alone', ratio(median(honest.ms), median(honestAlone.ms)), ''],
    ['honest p99 in the flood, to alone', ratio(worst(honest.ms), worst(honestAlone.ms)), ''],
    ['honest p99 in the flood', worst(honest.ms), 'ms'],
    ['memory after the flood, to before', ratio(await gateway.residentBytes(), memory), ''],
    ['log of the flood, a request', ratio(gateway.loggedBytes() - log, sent), 'bytes'],
  ]);
  expect(of(honest, 200)).toBe(honest.ms.length);
  expect(of(flood, 200) + of(flood, 429)).toBe(sent);
  // A window's worth at once, and then what the time brings.
  expect(of(flood, 200)).toBeLessThanOrEqual(FLOODING * (LIMIT * (1 + SECONDS / 60) + 2));
});
