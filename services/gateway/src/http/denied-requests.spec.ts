import { servicePrincipal } from '@undertone/contracts/access/principal';
import { RequestsDenied } from '@undertone/contracts/audit/requests-denied';
import { nobody } from '@undertone/contracts/id';
import { routes } from '@undertone/contracts/rest/routes';
import { newId } from '@undertone/platform/ids/ids';
import { pseudonymOf } from '@undertone/platform/ids/pseudonym';
import type { Logger } from '@undertone/platform/logging/logger';
import type { FastifyRequest } from 'fastify';
import { expect, it } from 'vitest';
import { DeniedRequests, isCounted } from './denied-requests.js';

type Event = ReturnType<typeof RequestsDenied.schema.parse>;

function counted() {
  const lines: object[] = [];
  const events: Event[] = [];
  const record = async (_definition: unknown, data: unknown) => {
    events.push(RequestsDenied.schema.parse(data));
  };
  const log = { info: (line: object) => lines.push(line) } as unknown as Logger;
  const clock = { now: new Date('2026-11-30T10:00:00.000Z') };
  const denied = new DeniedRequests(log, { record } as never, () => clock.now);
  const told = async () => {
    clock.now = new Date(clock.now.getTime() + 60_000);
    await denied.tell();
    return { lines: lines.splice(0), events: events.splice(0) };
  };
  return { denied, told, clock };
}

interface From {
  caller?: object;
  problem?: string;
  route?: keyof typeof routes;
  isAdmitted?: boolean;
}
const from = (ip: string, { caller, problem, route, isAdmitted = false }: From = {}) =>
  ({
    ip,
    caller,
    problem,
    isAdmitted,
    routeOptions: { config: route ? { definition: routes[route] } : {} },
  }) as unknown as FastifyRequest;

const userId = newId();
const user = {
  ...servicePrincipal('gateway'),
  who: { kind: 'user', user_id: userId },
  authenticated_by: 'session',
};

it('tells who was denied how often, and then begins anew', async () => {
  const { denied, told } = counted();
  for (let i = 0; i < 3; i += 1) denied.add(from('192.0.2.7', { problem: 'RATE_LIMITED' }), 429);
  denied.add(from('192.0.2.7', { problem: 'SIGN_IN_FAILED', route: 'signIn' }), 401);
  denied.add(from('192.0.2.8', { caller: user, problem: 'FORBIDDEN', route: 'listAudit' }), 403);
  const { lines, events } = await told();
  expect(lines).toEqual([
    { caller: '192.0.2.7', times: 4, denied: { RATE_LIMITED: 3, SIGN_IN_FAILED: 1 } },
    { caller: `user:${userId}`, times: 1, denied: { FORBIDDEN: 1 } },
  ]);
  const minute = { since: '2026-11-30T10:00:00.000Z', until: '2026-11-30T10:01:00.000Z', callers: 1 };
  expect(events).toMatchObject([
    {
      ...minute,
      actor: nobody,
      by: 'anonymous',
      denials: [
        { what: null, code: 'RATE_LIMITED', times: 3 },
        { what: 'signIn', code: 'SIGN_IN_FAILED', times: 1 },
      ],
    },
    {
      ...minute,
      actor: pseudonymOf(userId),
      by: 'session',
      denials: [{ what: 'listAudit', code: 'FORBIDDEN' }],
    },
  ]);
  expect(await told()).toEqual({ lines: [], events: [] });
});

it('puts no address and no id of a person into the audit', async () => {
  const { denied, told, clock } = counted();
  const deny = async () => {
    for (const ip of ['192.0.2.7', '192.0.2.9']) denied.add(from(ip), 401);
    denied.add(from('192.0.2.8', { caller: user }), 403);
    return (await told()).events;
  };
  const events = [...(await deny()), ...(await deny())];
  expect(JSON.stringify(events)).not.toMatch(new RegExp(`192\\.0\\.2|${userId}`));
  const [first, second, ofPerson, again] = events.map(({ origin }) => origin);
  expect(ofPerson).toBeUndefined();
  expect(first).toMatch(/^[0-9a-f]{16}$/);
  expect(second).not.toBe(first);
  expect(again).toBe(first);
  clock.now = new Date(clock.now.getTime() + 24 * 60 * 60_000);
  expect((await deny())[0]?.origin).not.toBe(first);
});

it('tells of a flood from very many addresses in as many lines, and remembers only so many', async () => {
  const { denied, told } = counted();
  const addresses = Array.from({ length: 30_000 }, (_, i) => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`);
  for (const ip of addresses) denied.add(from(ip, { problem: 'RATE_LIMITED' }), 429);
  const { lines, events } = await told();
  expect(lines).toHaveLength(21);
  expect(lines[0]).toEqual({ caller: 'others', times: 20_000, denied: { RATE_LIMITED: 20_000 } });
  expect(lines.at(-1)).toEqual({ callers: 9_981, times: 9_981 });
  expect(events).toHaveLength(11);
  expect(events.at(-1)).toMatchObject({
    callers: 9_991,
    denials: [{ what: null, code: 'RATE_LIMITED', times: 9_991 }],
  });
  const times = events.flatMap(({ denials }) => denials.map((one) => one.times));
  expect(times.reduce((sum, one) => sum + one, 0)).toBe(30_000);
});

it('tells of a caller who tries everything in one event that is no larger for it', async () => {
  const { denied, told } = counted();
  for (const route of Object.keys(routes) as (keyof typeof routes)[]) {
    for (const problem of ['FORBIDDEN', 'RATE_LIMITED'])
      denied.add(from('192.0.2.7', { route, problem }), 403);
  }
  const { events } = await told();
  expect(events).toHaveLength(1);
  expect(events[0]?.denials.length).toBeLessThanOrEqual(20);
});

it('counts what was not done, too, where the audit is for it, and what admins do is an event each', () => {
  const byAdmin = { caller: user, isAdmitted: true };
  expect(isCounted(from('192.0.2.7', { route: 'setPassword', isAdmitted: true }), 422)).toBe(true);
  expect(isCounted(from('192.0.2.7', { route: 'setPassword', isAdmitted: true }), 200)).toBe(false);
  expect(isCounted(from('192.0.2.7', { route: 'listAudit', ...byAdmin }), 503)).toBe(false);
  expect(isCounted(from('192.0.2.7', { route: 'listAudit', ...byAdmin }), 429)).toBe(true);
  expect(isCounted(from('192.0.2.7', { route: 'getSnapshot', isAdmitted: true }), 404)).toBe(false);
  expect(isCounted(from('192.0.2.7'), 404)).toBe(false);
});
