import { callerName, type Principal } from '@undertone/contracts/access/principal';
import { type Denials, MOST_DENIALS } from '@undertone/contracts/audit/audit';
import { RequestsDenied } from '@undertone/contracts/audit/requests-denied';
import { isAudited } from '@undertone/contracts/rest/route';
import type { Logger } from '@undertone/platform/logging/logger';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { AuditLog } from '../audit-log/audit-log.js';
import { isDenial } from '../audit-log/is-denial.js';
import { OriginMarks } from '../audit-log/origin-marks.js';
import { calledBy, isUse } from '../audit-log/uses.js';
import { clientAddress } from '../callers/client-address.js';

const MINUTE_MS = 60_000;
/** Lines a minute, at most: of the callers who were denied most. */
const MOST_LINES = 20;
/** Events a minute, at most: of those callers, and one for all others. */
const MOST_EVENTS = 10;
/** Callers that are told apart within a minute; those after them are counted together. */
const MOST_CALLERS = 10_000;

/** What was denied to a caller, or to several, by route and code. */
interface Denied {
  readonly name: string;
  /** Absent: whoever comes after the callers that are told apart. */
  readonly caller?: Principal;
  readonly address?: string;
  times: number;
  readonly counts: Map<string, Denials[number]>;
}

/** Whether a request is counted: it was denied, or the audit is for it, and it was not done. */
export const isCounted = (request: FastifyRequest, status: number): boolean => {
  const { definition } = request.routeOptions.config;
  if (isDenial(status)) return true;
  return status >= 400 && definition !== undefined && isAudited(definition) && !isUse(request, status);
};

/**
 * Counts what is denied, and writes a few lines and events a minute: a flood must fill no log. Who was denied is a person where
 * they are signed in, else an address; of that the audit has a mark alone.
 */
export class DeniedRequests {
  private denied = new Map<string, Denied>();
  private since: Date;
  private readonly marks = new OriginMarks();

  constructor(
    private readonly log: Logger,
    private readonly audit: Pick<AuditLog, 'record'>,
    private readonly now: () => Date = () => new Date(),
  ) {
    this.since = now();
  }

  add(request: FastifyRequest, status: number): void {
    const { caller } = request;
    const address = clientAddress(request);
    const name = caller?.who.kind === 'user' ? callerName(caller) : address;
    const one = this.denied.get(name) ?? this.begin({ name, address, ...(caller && { caller }) });
    one.times += 1;
    const what = request.routeOptions.config.definition?.id ?? null;
    const code = request.problem ?? `${status}`;
    const count = one.counts.get(`${what} ${code}`);
    if (count) count.times += 1;
    // A caller may try every route there is.
    else if (one.counts.size < 10 * MOST_DENIALS) one.counts.set(`${what} ${code}`, { what, code, times: 1 });
  }

  private begin(of: Pick<Denied, 'name' | 'caller' | 'address'>): Denied {
    const told = this.denied.size < MOST_CALLERS ? of : { name: 'others' };
    const one = this.denied.get(told.name) ?? { ...told, times: 0, counts: new Map() };
    this.denied.set(told.name, one);
    return one;
  }

  /** Writes what was counted since the last time. */
  async tell(): Promise<void> {
    const most = [...this.denied.values()].sort((a, b) => b.times - a.times);
    const minute = { since: this.since.toISOString(), until: this.now().toISOString() };
    this.denied = new Map();
    this.since = this.now();
    for (const { name, times, counts } of most.slice(0, MOST_LINES)) {
      this.log.info({ caller: name, times, denied: byCode(counts.values()) }, 'denied');
    }
    const unsaid = most.slice(MOST_LINES);
    if (unsaid.length > 0) this.log.info({ callers: unsaid.length, times: sum(unsaid) }, 'denied others');
    const rest = most.slice(MOST_EVENTS);
    await Promise.all([
      ...most.slice(0, MOST_EVENTS).map((one) => this.record(one, minute)),
      ...(rest.length > 0 ? [this.record(together(rest), minute, rest.length)] : []),
    ]);
  }

  private record(
    { caller, address, counts }: Denied,
    minute: { since: string; until: string },
    callers = 1,
  ): Promise<void> {
    const who = calledBy(caller);
    const hasMark = who.by === 'anonymous' && address !== undefined;
    const data = {
      ...who,
      ...(hasMark && { origin: this.marks.of(address, this.now()) }),
      callers,
      ...minute,
      denials: mostOf([...counts.values()]),
    };
    return this.audit.record(RequestsDenied, data, this.now());
  }
}

const sum = (all: Iterable<{ times: number }>): number =>
  [...all].reduce((total, { times }) => total + times, 0);

const byCode = (counts: Iterable<Denials[number]>): Record<string, number> =>
  Object.fromEntries([...Map.groupBy(counts, ({ code }) => code)].map(([code, all]) => [code, sum(all)]));

/** Of several callers, by code alone. */
function together(all: readonly Denied[]): Denied {
  const codes = Object.entries(byCode(all.flatMap(({ counts }) => [...counts.values()])));
  const counts = new Map(codes.map(([code, times]) => [code, { what: null, code, times }]));
  return { name: 'others', times: sum(all), counts };
}

/** As many as an event has: the most frequent ones, and the others by code. */
function mostOf(counts: Denials): Denials {
  const sorted = counts.toSorted((a, b) => b.times - a.times);
  if (sorted.length <= MOST_DENIALS) return sorted;
  const shown = sorted.slice(0, MOST_DENIALS / 2);
  const others = Object.entries(byCode(sorted.slice(MOST_DENIALS / 2)));
  return [...shown, ...others.map(([code, times]) => ({ what: null, code, times }))].slice(0, MOST_DENIALS);
}

/** Tells once a minute, and when the server closes. */
export function tellOfDenied(app: FastifyInstance, denied: DeniedRequests): void {
  const timer = setInterval(() => void denied.tell(), MINUTE_MS).unref();
  app.addHook('onClose', async () => {
    clearInterval(timer);
    await denied.tell();
  });
}
