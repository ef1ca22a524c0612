import { callerName } from '@undertone/contracts/access/principal';
import type { Logger } from '@undertone/platform/logging/logger';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { clientAddress } from '../callers/client-address.js';

const MINUTE_MS = 60_000;
/** Lines a minute, at most: of the callers who were denied most. */
const MOST_LINES = 20;
/** Callers that are told apart within a minute; those after them are counted together. */
const MOST_CALLERS = 10_000;

const denials: readonly number[] = [401, 403, 429];

/** Whether an answer says that the caller may not do this, or not now. */
export const isDenial = (status: number): boolean => denials.includes(status);

/**
 * Counts what is denied, and writes a few lines a minute: a flood must not fill the log. Who was denied is a person where
 * they are signed in, else an address.
 */
export class DeniedRequests {
  private counts = new Map<string, { denied: number; caller: string; times: number }>();

  constructor(private readonly log: Logger) {}

  add(request: FastifyRequest, status: number): void {
    const { caller } = request;
    const isKnown = caller?.who.kind === 'user';
    const name = isKnown ? callerName(caller) : clientAddress(request);
    const known = this.counts.get(`${status} ${name}`);
    if (known) known.times += 1;
    else this.begin(status, this.counts.size < MOST_CALLERS ? name : 'others');
  }

  private begin(denied: number, caller: string): void {
    const entry = this.counts.get(`${denied} ${caller}`) ?? { denied, caller, times: 0 };
    entry.times += 1;
    this.counts.set(`${denied} ${caller}`, entry);
  }

  /** Writes what was counted since the last time. */
  tell(): void {
    const most = [...this.counts.values()].sort((a, b) => b.times - a.times);
    this.counts = new Map();
    for (const entry of most.slice(0, MOST_LINES)) this.log.info(entry, 'denied');
    const rest = most.slice(MOST_LINES);
    const times = rest.reduce((sum, entry) => sum + entry.times, 0);
    if (times > 0) this.log.info({ callers: rest.length, times }, 'denied others');
  }
}

/** Tells once a minute, and when the server closes. */
export function tellOfDenied(app: FastifyInstance, denied: DeniedRequests): void {
  const timer = setInterval(() => denied.tell(), MINUTE_MS).unref();
  app.addHook('onClose', async () => {
    clearInterval(timer);
    denied.tell();
  });
}
