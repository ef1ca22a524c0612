import type { Lane } from '@undertone/contracts/jobs/queues';
import type { CallWindow, Reservation } from './reservation.js';

/** A replica that counts alone takes this share of each limit, as if there were so many replicas. */
const ASSUMED_REPLICAS = 10;
/** Each lane has a share of its own, so that bulk runs never delay a person. */
const LANES = 2;

/**
 * The calls of one replica while Redis is unavailable, counted in memory. A refusal reserves nothing, and names a time within
 * about the shortest window: Redis may be back by then.
 */
export class CallsAlone {
  private readonly made: Record<Lane, number[]> = { interactive: [], bulk: [] };

  constructor(
    private readonly windows: readonly [CallWindow, ...CallWindow[]],
    private readonly random: () => number,
  ) {}

  /** Takes calls, all or none. @returns how long to wait where they cannot be made now, in milliseconds. */
  take(calls: number, lane: Lane): Reservation | number {
    const limits = this.windows.map(({ ms, limit }) => ({
      ms,
      limit: Math.max(1, Math.floor(limit / ASSUMED_REPLICAS / LANES)),
    }));
    const most = Math.min(calls, ...limits.map(({ limit }) => limit));
    const now = performance.now();
    let waitMs = 0;
    for (const { ms, limit } of limits) {
      const made = this.made[lane].filter((at) => at + ms > now);
      const over = made.length + most - limit;
      waitMs = Math.max(waitMs, (made[over - 1] ?? Number.NEGATIVE_INFINITY) + ms - now);
    }
    const [shortest] = this.windows;
    if (waitMs > 0) return Math.min(waitMs, shortest.ms) + (this.random() * shortest.ms) / 2;
    const longestMs = Math.max(...this.windows.map(({ ms }) => ms));
    this.made[lane] = this.made[lane].filter((at) => at + longestMs > now);
    this.made[lane].push(...Array<number>(most).fill(now));
    return { left: most, lane, at: now };
  }

  /** Counts one reserved call as made now. */
  use(reservation: Reservation): void {
    this.remove(reservation, 1);
    this.made[reservation.lane].push(performance.now());
  }

  giveBack(reservation: Reservation, calls: number): void {
    this.remove(reservation, calls);
  }

  private remove({ lane, at }: Reservation, calls: number): void {
    const first = this.made[lane].indexOf(at);
    if (first >= 0) this.made[lane].splice(first, calls);
  }
}
