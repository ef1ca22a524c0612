import { z } from 'zod';

/** Which calls a fault meets. Every simulator adds its own `kind`s to this. */
export const faultScope = z.strictObject({
  /** A path such as `/v1/me/top/*` (`*` stands for anything) or a route such as `/v1/tracks/{id}`. */
  route: z.string().min(1).default('*'),
  /** Only calls of this user. */
  user: z.string().min(1).optional(),
  /** Lets so many matching calls through first. */
  skip: z.int().min(0).default(0),
  /** How many calls it meets; for ever where absent. */
  times: z.int().min(1).optional(),
});

export type FaultScope = z.infer<typeof faultScope>;

/** A call as the fault board and the call log see it. */
export interface SimulatedCall {
  readonly path: string;
  /** Method and route, for example `GET /v1/tracks/{id}`. */
  readonly route: string;
  readonly user: string | undefined;
}

interface ArmedFault<Fault extends FaultScope> {
  readonly id: number;
  readonly fault: Fault;
  readonly pattern: RegExp;
  toSkip: number;
  remaining: number;
}

function patternOf(route: string): RegExp {
  const escaped = route.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*');
  return new RegExp(`^${escaped}$`);
}

/** The faults that are armed, in the order in which they were added; the first that matches a call meets it. */
export class FaultBoard<Fault extends FaultScope> {
  #armed: ArmedFault<Fault>[] = [];
  #cleared = new AbortController();
  #nextId = 1;

  /** Arms a fault and returns its id. */
  add(fault: Fault): number {
    const id = this.#nextId++;
    const remaining = fault.times ?? Number.POSITIVE_INFINITY;
    this.#armed.push({ id, fault, pattern: patternOf(fault.route), toSkip: fault.skip, remaining });
    return id;
  }

  /** Aborts at the next `clear`: calls that are held back go on then. */
  get cleared(): AbortSignal {
    return this.#cleared.signal;
  }

  /** Disarms every fault, and lets calls go on that one holds back. */
  clear(): void {
    this.#armed = [];
    this.#cleared.abort();
    this.#cleared = new AbortController();
  }

  /** What is armed; `remaining` is `null` for a fault that lasts for ever. */
  list(): { id: number; fault: Fault; remaining: number | null }[] {
    return this.#armed.map(({ id, fault, remaining }) => ({
      id,
      fault,
      remaining: Number.isFinite(remaining) ? remaining : null,
    }));
  }

  /** The fault that this call meets, if any; uses up one of its times. */
  take(call: SimulatedCall): Fault | undefined {
    for (const armed of this.#armed) {
      if (!this.#matches(armed, call)) continue;
      if (armed.toSkip > 0) {
        armed.toSkip -= 1;
        continue;
      }
      armed.remaining -= 1;
      if (armed.remaining <= 0) this.#armed = this.#armed.filter((other) => other !== armed);
      return armed.fault;
    }
    return undefined;
  }

  #matches(armed: ArmedFault<Fault>, call: SimulatedCall): boolean {
    if (armed.fault.user !== undefined && armed.fault.user !== call.user) return false;
    return armed.pattern.test(call.path) || call.route.endsWith(` ${armed.fault.route}`);
  }
}
