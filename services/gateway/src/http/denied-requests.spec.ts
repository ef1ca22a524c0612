import { servicePrincipal } from '@undertone/contracts/access/principal';
import type { Logger } from '@undertone/platform/logging/logger';
import type { FastifyRequest } from 'fastify';
import { expect, it } from 'vitest';
import { DeniedRequests } from './denied-requests.js';

function counted() {
  const lines: object[] = [];
  const denied = new DeniedRequests({ info: (line: object) => lines.push(line) } as unknown as Logger);
  const told = () => {
    denied.tell();
    return lines.splice(0);
  };
  return { denied, told };
}
const from = (ip: string, caller?: object) => ({ ip, caller }) as unknown as FastifyRequest;

it('tells who was denied how often, and then begins anew', () => {
  const { denied, told } = counted();
  const ada = { ...servicePrincipal('gateway'), who: { kind: 'user', user_id: 'ada' } };
  for (let i = 0; i < 3; i += 1) denied.add(from('192.0.2.7'), 429);
  denied.add(from('192.0.2.8', ada), 403);
  expect(told()).toEqual([
    { denied: 429, caller: '192.0.2.7', times: 3 },
    { denied: 403, caller: 'user:ada', times: 1 },
  ]);
  expect(told()).toEqual([]);
});

it('tells of a flood from very many addresses in as many lines, and remembers only so many', () => {
  const { denied, told } = counted();
  for (let i = 0; i < 30_000; i += 1) denied.add(from(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`), 429);
  const lines = told();
  expect(lines).toHaveLength(21);
  expect(lines[0]).toEqual({ denied: 429, caller: 'others', times: 20_000 });
  expect(lines.at(-1)).toEqual({ callers: 9_981, times: 9_981 });
});
