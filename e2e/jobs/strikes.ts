import { setTimeout as sleep } from 'node:timers/promises';
import { type Pairs, services } from '../stack/pairs.js';
import type { Replica } from '../stack/replica.js';
import type { Diary } from './diary.js';
import { between, draw, pick } from './draw.js';
import type { Servers } from './servers.js';

/** Strikes that go on at once. */
const HANDS = 2;
/** How often a replica is frozen, where it is not killed, */
const FREEZES = 0.4;
/** and how many of these are for longer than a job's lease of 10 s. */
const LONG = 0.25;
/** For how long a server is away. */
const AWAY_MS = 3_000;

/** Kills and freezes replicas at random until it is told to end, and leaves them all running. */
export async function strike(pairs: Pairs, diary: Diary, seed: string, signal: AbortSignal): Promise<void> {
  const struck = new Set<Replica>();
  let turn = 0;
  const hand = async (): Promise<void> => {
    // Where a start takes long, the pause does, too: the jobs are to get on, on a slow machine as well.
    for (let took = 0; !signal.aborted; ) {
      turn += 1;
      const at = turn;
      const pause = between(1_500, 5_000, seed, at, 'pause') + took;
      await sleep(pause, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      const service = pick(services, seed, at, 'service');
      const replica = pairs.replica(service, draw(seed, at, 'which') < 0.5 ? 0 : 1);
      if (struck.has(replica)) continue;
      struck.add(replica);
      const began = performance.now();
      await hit(replica, at).catch((error: unknown) => {
        diary.tell('finding', { text: `${service} did not come back: ${error}` });
      });
      struck.delete(replica);
      took = performance.now() - began;
    }
  };
  const hit = async (replica: Replica, at: number): Promise<void> => {
    if (draw(seed, at, 'how') < FREEZES) {
      const isLong = draw(seed, at, 'long') < LONG;
      diary.tell('struck', { how: `${replica.service} frozen${isLong ? ' past its lease' : ''}` });
      replica.freeze();
      await sleep(isLong ? between(12_000, 20_000, seed, at) : between(500, 5_000, seed, at));
      replica.thaw();
    } else {
      diary.tell('struck', { how: `${replica.service} killed` });
      await replica.kill();
      await sleep(between(0, 2_000, seed, at));
      await pairs.start(replica);
    }
  };
  await Promise.all(Array.from({ length: HANDS }, hand));
}

/** Restarts each server once, when so much of the run is done; a run that goes on has done some of it before. */
export async function restartServers(
  servers: Servers,
  diary: Diary,
  progress: () => number,
  signal: AbortSignal,
): Promise<void> {
  for (const [name, when] of [
    ['NATS', 0.25],
    ['Postgres', 0.5],
    ['Redis', 0.75],
  ] as const) {
    const how = `${name} killed and restarted`;
    if (diary.strikes.has(how)) continue;
    while (progress() < when) {
      if (signal.aborted) return;
      await sleep(100);
    }
    const server = servers.byName(name);
    await server.kill();
    await sleep(AWAY_MS);
    await server.restart();
    diary.tell('struck', { how });
  }
}
