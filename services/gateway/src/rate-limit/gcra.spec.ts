import { describe, expect, it } from 'vitest';
import { OwnCounts, type Policy } from './gcra.js';

const policy: Policy = { name: 'writes', limit: 10, windowSeconds: 60 };

function counter() {
  let now = 1_000_000;
  const counts = new OwnCounts(() => now);
  return {
    take: (cost = 1, key = 'ada') => counts.take([{ key, policy, cost }])[0],
    both: () =>
      counts.take([
        { key: 'ada', policy, cost: 1 },
        { key: 'wide', policy: { ...policy, limit: 100 }, cost: 1 },
      ]),
    pass: (seconds: number) => {
      now += seconds * 1000;
    },
  };
}

describe('what may be used in a window', () => {
  it('may be used at once, and is told with each use', () => {
    const { take } = counter();
    const left = Array.from({ length: 10 }, () => take());
    expect(left.map((one) => [one?.allowed, one?.remaining])).toEqual(
      [9, 8, 7, 6, 5, 4, 3, 2, 1, 0].map((remaining) => [true, remaining]),
    );
    expect(take()).toMatchObject({ allowed: false, remaining: 0, seconds: 6 });
  });

  it('comes back bit by bit, and never twice around the end of a window', () => {
    const { take, pass } = counter();
    for (let i = 0; i < 10; i += 1) take();
    pass(59.9);
    const around = Array.from({ length: 12 }, () => take());
    expect(around.filter((one) => one?.allowed)).toHaveLength(9);
    pass(0.1);
    expect(take()?.allowed).toBe(true);
    expect(take()?.allowed).toBe(false);
  });

  it('is not used by what is refused', () => {
    const { take, pass } = counter();
    for (let i = 0; i < 100; i += 1) take();
    pass(6);
    expect(take()?.allowed).toBe(true);
  });

  it('is used by as much as something costs, and what costs more than there is uses nothing', () => {
    const { take } = counter();
    expect(take(7)).toMatchObject({ allowed: true, remaining: 3 });
    expect(take(4)).toMatchObject({ allowed: false, remaining: 3, seconds: 6 });
    expect(take(3)).toMatchObject({ allowed: true, remaining: 0 });
    expect(take(0)).toMatchObject({ allowed: true, remaining: 0 });
  });

  it('is each caller’s own', () => {
    const { take } = counter();
    for (let i = 0; i < 10; i += 1) take();
    expect(take(1, 'ben')).toMatchObject({ allowed: true, remaining: 9 });
  });

  it('of several policies is used of all or of none', () => {
    const { both, take } = counter();
    for (let i = 0; i < 10; i += 1) both();
    expect(both().map(({ allowed, remaining }) => [allowed, remaining])).toEqual([
      [false, 0],
      [true, 90],
    ]);
    expect(take()?.allowed).toBe(false);
  });

  it('is counted for so many callers as memory is set aside for', () => {
    const { take } = counter();
    for (let i = 0; i < 10; i += 1) take();
    for (let i = 0; i < 10_000; i += 1) take(1, `other ${i}`);
    expect(take()?.remaining).toBe(9);
  });
});
