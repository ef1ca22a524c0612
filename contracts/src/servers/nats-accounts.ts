import { workerQuestions } from '../operations/worker.js';
import { repeatedSubject } from '../rpc.js';
import type { AskerName } from '../service-name.js';
import { inboxPrefix, type NatsPermissions, natsPermissions } from './nats-permissions.js';
import { clients } from './who-does-what.js';

/** The account that has the streams. Its one user is the operator. */
export const streamsAccount = 'STREAMS';

/**
 * Where a service's account has the JetStream API of the streams' account. Under `$JS.API` each account has its own, which
 * answers that there is no JetStream.
 */
export const streamsApiPrefix = 'JS.streams.API';

/** A subject that another account offers, with the name that it has here. */
export interface Import {
  readonly from: string;
  readonly subject: string;
  readonly to?: string;
}

/** A subject that is offered to some accounts. */
export interface Export {
  readonly subject: string;
  readonly accounts: readonly string[];
  /** A request may be answered by more than one message, for that long. */
  readonly answersFor?: string;
}

/** What accounts have of each other: services are asked, streams are listened to. */
export interface Exchange {
  readonly serviceImports: readonly Import[];
  readonly streamImports: readonly Import[];
  readonly serviceExports: readonly Export[];
  readonly streamExports: readonly Export[];
}

export const accountOf = (service: AskerName): string => service.toUpperCase();

const SERVER_API = '$JS.API.';
const isQuestion = (subject: string): boolean => subject.startsWith('rpc.');
const answerer = (subject: string) => subject.split('.')[1] as AskerName;

/** Each replica answers for itself. */
const askedOfAll = new Set(workerQuestions.map(({ subject }) => repeatedSubject(subject)));

/**
 * What is answered by several messages. After that time from the request the server forgets where they go: until then it remembers
 * each request whose inbox is still listened to, about 3 kB. A pull has to end before (services' take 5 s at most).
 */
function answersFor(subject: string): string | undefined {
  if (subject.startsWith(`${SERVER_API}CONSUMER.MSG.NEXT.`)) return '1m';
  if (askedOfAll.has(subject)) return '5s';
  return subject.startsWith(`${SERVER_API}DIRECT.GET.`) ? '10s' : undefined;
}

/** A subject or filter as the service's own account has it. */
export const inOwnAccount = (subject: string): string =>
  subject.startsWith(SERVER_API) ? `${streamsApiPrefix}.${subject.slice(SERVER_API.length)}` : subject;

/** What a service may do, in the subjects of its account. */
export function permissionsInAccount(service: AskerName): NatsPermissions {
  const { publish, ...others } = natsPermissions(service);
  return { ...others, publish: publish.map(inOwnAccount) };
}

/** What the service listens to that others publish, beside questions and answers. */
const followedBy = (service: AskerName): string[] =>
  natsPermissions(service).subscribe.filter(
    (filter) => !isQuestion(filter) && !filter.startsWith(inboxPrefix(service)),
  );

/** The subjects of both filters, as a filter. */
function intersection(one: string, other: string): string | undefined {
  const [a, b] = [one.split('.'), other.split('.')];
  const both: string[] = [];
  for (let at = 0; at < Math.max(a.length, b.length); at += 1) {
    const [x, y] = [a[at], b[at]];
    if (x === undefined || y === undefined) return undefined;
    if (x === '>') return [...both, ...b.slice(at)].join('.');
    if (y === '>') return [...both, ...a.slice(at)].join('.');
    if (x !== '*' && y !== '*' && x !== y) return undefined;
    both.push(x === '*' ? y : x);
  }
  return both.join('.');
}

/** What one service publishes that another follows. */
const passed = (from: AskerName, to: AskerName): string[] => [
  ...new Set(
    followedBy(to).flatMap((filter) =>
      natsPermissions(from).publish.flatMap((subject) => intersection(filter, subject) ?? []),
    ),
  ),
];

function grouped(offers: readonly (readonly [subject: string, account: string])[]): Export[] {
  const accounts = Map.groupBy(offers, ([subject]) => subject);
  return [...accounts].sort().map(([subject, to]) => {
    const time = answersFor(subject);
    return {
      subject,
      accounts: to.map(([, account]) => account).sort(),
      ...(time !== undefined && { answersFor: time }),
    };
  });
}

/**
 * What a service's account has of the others: of the streams' what the service appends and calls, and of the other services' the
 * questions that it asks and the events that it follows. An answer, too, can go nowhere else from an account, whatever `reply`
 * a request names.
 */
export function exchangeOf(service: AskerName): Exchange {
  const { publish } = natsPermissions(service);
  const others = clients.filter((one) => one !== service);
  const asked = others.flatMap((one) =>
    natsPermissions(one)
      .publish.filter((subject) => isQuestion(subject) && answerer(subject) === service)
      .map((subject) => [subject, accountOf(one)] as const),
  );
  return {
    serviceImports: publish.map((subject) => {
      if (isQuestion(subject)) return { from: accountOf(answerer(subject)), subject };
      const own = inOwnAccount(subject);
      return { from: streamsAccount, subject, ...(own !== subject && { to: own }) };
    }),
    streamImports: others.flatMap((one) =>
      passed(one, service).map((subject) => ({ from: accountOf(one), subject })),
    ),
    serviceExports: [
      ...grouped(asked),
      ...(natsPermissions(service).answers
        ? [{ subject: `rpc.${service}.>`, accounts: [streamsAccount] }]
        : []),
    ],
    streamExports: grouped(
      others.flatMap((one) => passed(service, one).map((subject) => [subject, accountOf(one)] as const)),
    ),
  };
}

/** What the streams' account offers to each service, and has of them: the operator may ask anything. */
export function exchangeOfStreams(): Exchange {
  return {
    serviceImports: clients
      .filter((service) => natsPermissions(service).answers)
      .map((service) => ({ from: accountOf(service), subject: `rpc.${service}.>` })),
    streamImports: [],
    serviceExports: grouped(
      clients.flatMap((service) =>
        natsPermissions(service)
          .publish.filter((subject) => !isQuestion(subject))
          .map((subject) => [subject, accountOf(service)] as const),
      ),
    ),
    streamExports: [],
  };
}
