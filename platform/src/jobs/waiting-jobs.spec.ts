import type { JsMsg } from '@nats-io/jetstream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WaitingJobs } from './waiting-jobs.js';

const LEASE_MS = 9_000;

describe('jobs that wait for a slot', () => {
  let jobs: WaitingJobs;
  let said: string[];
  beforeEach(() => {
    vi.useFakeTimers();
    jobs = new WaitingJobs(LEASE_MS);
    said = [];
  });
  afterEach(() => vi.useRealTimers());

  const add = (...subjects: string[]) => {
    for (const subject of subjects) {
      vi.advanceTimersByTime(1);
      const say = (what: string) => () => void said.push(`${what} ${subject}`);
      const info = { deliveryCount: subject.endsWith('!') ? 500 : 1 };
      const message = { subject, time: new Date(), info, nak: say('nak'), working: say('working') };
      jobs.add(message as unknown as JsMsg, subject.charAt(0));
    }
  };
  const take = (count: number) => Array.from({ length: count }, () => jobs.take()?.subject);

  it('go in the order in which they came, of one person', () => {
    add('a1', 'a2', 'a3');
    expect(take(4)).toEqual(['a1', 'a2', 'a3', undefined]);
  });

  it('go in rounds, of many', () => {
    add('a1', 'a2', 'a3', 'b1', 'b2', 'c1');
    expect(take(6)).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3']);
  });

  it('wait for one at most of somebody who has many', () => {
    add('a1', 'a2', 'a3', 'a4');
    expect(take(2)).toEqual(['a1', 'a2']);
    add('b1', 'c1');
    const next = take(4);
    expect(next.indexOf('c1')).toBeLessThanOrEqual(2);
    expect(next.indexOf('b1')).toBeLessThan(next.indexOf('a4'));
  });

  it('are not overtaken for ever by people who come later', () => {
    add('a1', 'a2');
    expect(take(1)).toEqual(['a1']);
    const begun: (string | undefined)[] = [];
    for (const person of 'bcdefgh') {
      add(`${person}1`);
      begun.push(...take(1));
    }
    expect(begun.indexOf('a2')).toBeLessThanOrEqual(1);
  });

  it('tell whether somebody else may be next', () => {
    add('a1', 'a2');
    expect(jobs.haveAllHadTheirTurn).toBe(false);
    take(1);
    expect(jobs.haveAllHadTheirTurn).toBe(true);
    add('b1');
    expect(jobs.haveAllHadTheirTurn).toBe(false);
  });

  it('are kept by signs of life, and handed back from the end', () => {
    add('a1', 'a2', 'a3');
    vi.advanceTimersByTime(LEASE_MS / 3);
    expect(said).toEqual(['working a1', 'working a2', 'working a3']);
    jobs.handBack(2);
    expect(said.slice(3)).toEqual(['nak a2', 'nak a3']);
    expect(take(2)).toEqual(['a1', undefined]);
  });

  it('are not handed back for ever: the server would give them up', () => {
    add('a1', 'a2!', 'a3', 'a4!');
    jobs.handBack(4);
    expect(said).toEqual(['nak a1', 'nak a3']);
    expect(take(3)).toEqual(['a2!', 'a4!', undefined]);
  });

  it('are other workers’ once the process was frozen for longer than their lease', () => {
    add('a1');
    vi.setSystemTime(Date.now() + LEASE_MS);
    const now = performance.now();
    vi.spyOn(performance, 'now').mockReturnValue(now + LEASE_MS + 1);
    expect(take(1)).toEqual([undefined]);
    jobs.handBack(1);
    expect(said).toEqual([]);
  });
});
