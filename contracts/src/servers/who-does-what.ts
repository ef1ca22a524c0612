import { healthOf } from '../health.js';
import { listCalendars, listUsers, userExists } from '../identity/rpc.js';
import { forgetSnapshots } from '../insight/rpc.js';
import { getSnapshot, listSnapshots, newestSnapshots } from '../listening/rpc.js';
import { listTrends } from '../listening/trends.js';
import { erasureQuestions, knownPeopleQuestions, rewriteQuestions } from '../personal-data/erasure.js';
import { exportQuestions } from '../personal-data/export-pages.js';
import { subjects } from '../personal-data/stores.js';
import { questions } from '../questions.js';
import type { RpcDefinition } from '../rpc.js';
import { type AskerName, askerName, serviceNames } from '../service-name.js';
import { getApiKey, listRevoked } from '../sign-in/rpc.js';
import { type StreamName, streams } from '../streams.js';
import { accessToken, expiringTokens, linkedUsers, storeTokens } from '../token/rpc.js';

/*
 * What the definitions of streams, queues and questions do not say by themselves: who appends, asks and stores. The credentials
 * of each service allow what follows from both, and nothing else.
 */

/** Everyone who has credentials: the services. */
export const clients: readonly AskerName[] = askerName.options;

type StreamSubject = { [S in StreamName]: (typeof streams)[S]['subjects'][number] }[StreamName];

/** Who appends to the subjects of each stream. Of jobs this names who requests any; a queue's worker appends to its own. */
export const writers: Readonly<Record<StreamSubject, readonly AskerName[]>> = {
  'identity.*.*': ['identity'],
  'token.*.*': ['token'],
  'listening.*.*': ['ingestion'],
  'insight.*.*': ['insight'],
  'prompt.*.*': ['insight'],
  'replay.*.*': ['insight'],
  // The scheduler also ends jobs whose deliveries ran out, and has them delivered.
  'jobs.*.*.*.*': ['scheduler'],
  'jobs-waiting.*.*.*': ['scheduler'],
  // The server alone: it puts there what was waiting.
  'jobs-due.*.*.*': [],
  'schedules.definition.*': ['scheduler'],
  'schedules.fired.*': ['scheduler'],
  // Whoever is asked by people; identity and the scheduler, what happens without a request.
  'audit.*.*': ['gateway', 'identity', 'scheduler'],
  'job-failures.*.*': ['scheduler'],
  'job-totals.*.*': ['scheduler'],
  // The server alone.
  '$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.>': [],
  '$JS.EVENT.ADVISORY.CONSUMER.MSG_TERMINATED.>': [],
};

/** Who appends to a stream, and reads nothing of it: whoever gets hold of them does not learn who did what. */
export const unread: Readonly<Partial<Record<AskerName, readonly StreamName[]>>> = {
  gateway: ['AUDIT'],
  scheduler: ['AUDIT'],
};

/** Whoever requests jobs of any queue, and does nothing else to them. */
export const requesters: readonly AskerName[] = ['gateway'];

/** Whom a person's clients follow things by, as they happen. */
export const followers: Readonly<Partial<Record<AskerName, readonly string[]>>> = {
  gateway: ['jobs.>', 'replay.>'],
};

/** Who looks at the lag of every queue's worker. */
export const overseers: readonly AskerName[] = ['scheduler'];

/** Who pauses and resumes the lanes of queues. */
export const pausers: readonly AskerName[] = ['scheduler'];

/** Who may take messages out of a stream: removing a schedule does. */
export const purgers: Readonly<Partial<Record<AskerName, readonly StreamName[]>>> = {
  scheduler: ['SCHEDULES'],
};

/** Of which streams a service overwrites messages, one by one: those where it erases what is of a person. */
export const erasedBy = (service: AskerName): readonly StreamName[] =>
  Object.values(streams)
    .filter((stream) =>
      (stream.subjects as readonly StreamSubject[]).some((subject) => {
        const { owner, service: eraser } = subjects[subject];
        return owner === 'person' && eraser === service;
      }),
    )
    .map(({ name }) => name);

/** Who keeps large things in object storage, and reads them. */
export const storers: readonly AskerName[] = ['gateway', 'identity', 'ingestion'];

type Question = Pick<RpcDefinition, 'subject' | 'isWrite'>;

/** What each service asks others. The gateway asks for people, so everything but what is for services alone. */
export const asks: Readonly<Record<AskerName, readonly Question[]>> = {
  gateway: [
    ...questions.filter(({ access }) => access !== 'service'),
    userExists,
    getApiKey,
    listRevoked,
    ...serviceNames.map(healthOf),
  ],
  // Whoever signs in with Spotify is connected by it; a person takes along, or has erased, what everybody has of them.
  identity: [
    storeTokens,
    ...exportQuestions,
    ...erasureQuestions,
    ...knownPeopleQuestions,
    ...rewriteQuestions,
  ],
  token: [],
  ingestion: [accessToken, forgetSnapshots],
  insight: [userExists, getSnapshot, listSnapshots, listTrends],
  scheduler: [listUsers, listCalendars, linkedUsers, expiringTokens, newestSnapshots],
};
