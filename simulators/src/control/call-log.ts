import type { SimulatedCall } from './fault-board.js';

/** What happened on one route since the log was last emptied. */
export interface RouteCalls {
  calls: number;
  /** Calls by user; calls without a known user are in none. */
  users: Record<string, number>;
  /** Answers by status; a call that got no answer (a hang, a cut connection) is in none. */
  statuses: Record<string, number>;
  /** Calls that met a fault, by its kind. */
  faults: Record<string, number>;
}

function count(counts: Record<string, number>, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1;
}

/** Counts the calls that reach a simulator, faulted ones included and control calls left out. */
export class CallLog {
  #routes = new Map<string, RouteCalls>();

  /** Counts a call on arrival. */
  arrived(call: SimulatedCall): void {
    const entry = this.#entry(call.route);
    entry.calls += 1;
    if (call.user !== undefined) count(entry.users, call.user);
  }

  /** Counts the fault that a call met. */
  faulted(call: SimulatedCall, kind: string): void {
    count(this.#entry(call.route).faults, kind);
  }

  /** Counts an answer that was sent whole. */
  answered(call: SimulatedCall, status: number): void {
    count(this.#entry(call.route).statuses, String(status));
  }

  /** All routes called so far, and their sum. */
  summary(): { total: number; routes: Record<string, RouteCalls> } {
    const routes = Object.fromEntries([...this.#routes].sort(([a], [b]) => a.localeCompare(b)));
    const total = Object.values(routes).reduce((sum, entry) => sum + entry.calls, 0);
    return { total, routes: structuredClone(routes) };
  }

  /** Starts counting from nothing. */
  reset(): void {
    this.#routes = new Map();
  }

  #entry(route: string): RouteCalls {
    const existing = this.#routes.get(route);
    if (existing) return existing;
    const entry: RouteCalls = { calls: 0, users: {}, statuses: {}, faults: {} };
    this.#routes.set(route, entry);
    return entry;
  }
}
