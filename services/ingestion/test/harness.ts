import { MikroORM } from '@mikro-orm/postgresql';
import type { RecordedEvent } from '@undertone/contracts/event';
import { ingestListeningData } from '@undertone/contracts/jobs/ingest-listening-data';
import { JobRevoked } from '@undertone/contracts/jobs/job';
import type { OwnedTask } from '@undertone/contracts/jobs/task';
import type { TimeRange } from '@undertone/contracts/listening/snapshot';
import { listeningAggregate } from '@undertone/contracts/subjects';
import { ConcurrencyConflict } from '@undertone/platform/event-store/event-store';
import { newId } from '@undertone/platform/ids/ids';
import { requestJob } from '@undertone/platform/jobs/request-job';
import type { RunningService } from '@undertone/platform/nest/start-service';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { jobAggregateOf, jobEnded, jobEvents } from '@undertone/platform/test-kit/jobs';
import { ServiceUnderTest } from '@undertone/platform/test-kit/service-under-test';
import {
  type SpotifySimulator,
  type SpotifySimulatorOptions,
  startSpotifySimulator,
} from '@undertone/simulators/spotify/server';
import type { Clock } from '../src/clock.js';
import { startIngestion } from '../src/start-ingestion.js';
import { type Tokens, tokenService } from './token-service.js';

/** Settings under which every ingest fetches everything again. */
export const NOTHING_IS_FRESH = {
  FRESH_HOURS_SHORT_TERM: '0',
  FRESH_HOURS_MEDIUM_TERM: '0',
  FRESH_HOURS_LONG_TERM: '0',
  FRESH_MINUTES_PLAYS: '0',
};

/** The ingestion service on real servers, with Spotify's simulator and a token service that does as it is told. */
export type Harness = ServiceUnderTest<RunningService> & IngestsAndWorld;

interface IngestsAndWorld {
  simulator: SpotifySimulator;
  tokens: Tokens;
  /** The simulator's time, in which the service lives too. */
  clock: Clock;
  /** The service's own database connection. */
  orm(): MikroORM;
  /** Asks for an ingest and waits for its end. */
  ingest(userId: string, range: TimeRange): Promise<OwnedTask>;
  request(userId: string, range: TimeRange): Promise<string>;
  revoke(jobId: string, userId: string): Promise<void>;
  ended(jobId: string): Promise<OwnedTask>;
  /** What is in the log of a job, in order. */
  jobEvents(jobId: string): Promise<RecordedEvent[]>;
  /** What is in the log of a person's listening, in order. */
  listening(userId: string): Promise<RecordedEvent[]>;
}

export async function startHarness(
  options: SpotifySimulatorOptions = {},
  settings: Record<string, string> = {},
): Promise<Harness> {
  const simulator = await startSpotifySimulator(options);
  const clock = () => new Date(simulator.clock.now());
  const ingestion = await ServiceUnderTest.prepare({
    schema: 'ingestion',
    start: (environment) => startIngestion(environment, clock),
    settings: {
      SPOTIFY_MODE: 'simulator',
      SPOTIFY_API_URL: simulator.url,
      RECCOBEATS_URL: `${simulator.url}/reccobeats`,
      // Budgets have tests of their own; everywhere else nobody waits for one.
      SPOTIFY_CALLS_PER_30_SECONDS: '1000000',
      SPOTIFY_CALLS_PER_DAY: '1000000000',
      RECCOBEATS_CALLS_PER_30_SECONDS: '1000000',
      RECCOBEATS_CALLS_PER_DAY: '1000000000',
      ...settings,
    },
  });
  ingestion.onStop(() => simulator.close());
  const { store } = ingestion;
  const tokens = tokenService(await ingestion.infrastructure.connect({}, 'token'));
  await ingestion.start();
  const world: IngestsAndWorld = {
    simulator,
    tokens,
    clock,
    orm: () => ingestion.service.get<MikroORM>(MikroORM),
    request: (userId, range) =>
      requestJob(store, ingestListeningData, {
        payload: { user_id: userId, time_range: range },
        lane: 'interactive',
        source: 'test',
      }),
    ended: (jobId) => jobEnded(store, jobId),
    ingest: async (userId, range) => jobEnded(store, await world.request(userId, range)),
    // The worker may write its progress in between.
    revoke: (jobId, userId) =>
      eventually(`job ${jobId} is revoked`, async () => {
        const job = await jobAggregateOf(store, jobId);
        const last = await store.last(job.stream, job.filter);
        return store
          .append(job, revocation(jobId, userId), last?.sequence ?? 0)
          .then(() => true)
          .catch((error: unknown) => {
            if (error instanceof ConcurrencyConflict) return false;
            throw error;
          });
      }).then(() => undefined),
    jobEvents: (jobId) => jobEvents(store, jobId),
    listening: (userId) => store.read(listeningAggregate(userId)),
  };
  return Object.assign(ingestion, world);
}

const revocation = (jobId: string, userId: string) => ({
  definition: JobRevoked,
  id: newId(),
  time: new Date(),
  source: 'test',
  data: { job_id: jobId, job_type: ingestListeningData.type, user_id: userId, reason: 'a test said so' },
});
