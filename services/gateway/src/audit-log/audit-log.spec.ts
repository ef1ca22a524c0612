import { RequestsDenied } from '@undertone/contracts/audit/requests-denied';
import { nobody } from '@undertone/contracts/id';
import type { NewEvent } from '@undertone/platform/event-store/cloudevents';
import { InvalidEvent, LogUnavailable } from '@undertone/platform/event-store/event-store';
import type { Logger } from '@undertone/platform/logging/logger';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { expect, it } from 'vitest';
import { AuditLog } from './audit-log.js';

const at = new Date('2026-11-30T10:00:00.000Z');
const denied = (callers: number) => ({
  actor: nobody,
  by: 'anonymous' as const,
  callers,
  since: at.toISOString(),
  until: at.toISOString(),
  denials: [],
});

/** An audit whose log is away when it is told so. */
function audit() {
  const state = { fault: undefined as Error | undefined, tries: 0 };
  const written: NewEvent[] = [];
  const lost: unknown[] = [];
  const log = { warn: () => undefined, error: (line: unknown) => lost.push(line) } as unknown as Logger;
  const append = async (_aggregate: unknown, event: NewEvent) => {
    state.tries += 1;
    if (state.fault) throw state.fault;
    written.push(event);
    return { sequence: written.length, duplicate: false };
  };
  const auditLog = new AuditLog({ append } as never, log);
  const record = (n: number) => auditLog.record(RequestsDenied, denied(n), at);
  const numbers = () => written.map(({ data }) => (data as { callers: number }).callers);
  return { state, auditLog, record, numbers, written, lost };
}

it('has written an event when whoever asked goes on', async () => {
  const { record, numbers, written } = audit();
  await record(1);
  await record(2);
  expect(numbers()).toEqual([1, 2]);
  expect(new Set(written.map(({ id }) => id)).size).toBe(2);
  expect(written[0]).toMatchObject({ source: 'gateway', time: at });
});

it('keeps what the log did not take, lets nobody wait for it, and writes it when the log is back', async () => {
  const { state, record, numbers, auditLog, lost } = audit();
  state.fault = new LogUnavailable('away');
  await record(1);
  const tries = state.tries;
  await record(2);
  await record(3);
  expect(state.tries).toBe(tries);
  state.fault = undefined;
  await eventually('the log has all of it', () => numbers().length === 3);
  expect(numbers()).toEqual([1, 2, 3]);
  await auditLog.close();
  expect(lost).toEqual([]);
});

it('keeps a thousand, and tells of each that is lost', async () => {
  const { state, record, lost, numbers, auditLog } = audit();
  state.fault = new LogUnavailable('away');
  for (let n = 1; n <= 1_003; n += 1) await record(n);
  expect(lost).toHaveLength(3);
  expect(lost[0]).toMatchObject({ event: { callers: 1_001 } });
  state.fault = undefined;
  await eventually('the log has the others', () => numbers().length === 1_000);
  await auditLog.close();
});

it('tells of what it still has when it stops', async () => {
  const { state, record, lost, auditLog } = audit();
  state.fault = new LogUnavailable('away');
  await record(1);
  await auditLog.close();
  expect(lost).toMatchObject([{ event: { callers: 1 }, why: 'the server stopped while the log was away' }]);
});

it('does not try again what the log will never take', async () => {
  const { state, record, lost, auditLog } = audit();
  state.fault = new InvalidEvent({ id: 'x', definition: RequestsDenied } as never, 'is wrong');
  await record(1);
  await auditLog.close();
  expect(state.tries).toBe(1);
  expect(lost).toMatchObject([{ event: { callers: 1 } }]);
});
