import type { NatsConnection } from '@nats-io/transport-node';
import { ingestListeningData } from '@undertone/contracts/jobs/ingest-listening-data';
import { isTerminal } from '@undertone/contracts/jobs/job';
import type { OwnedTask } from '@undertone/contracts/jobs/task';
import type { TimeRange } from '@undertone/contracts/listening/snapshot';
import { jobAggregate } from '@undertone/contracts/subjects';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { requestJob } from '@undertone/platform/jobs/request-job';
import { evolveTask } from '@undertone/platform/jobs/task';
import type { RunningService } from '@undertone/platform/nest/start-service';
import { RpcClient } from '@undertone/platform/rpc/rpc-client';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { startInfrastructure, type TestInfrastructure } from '@undertone/platform/test-kit/infrastructure';
import {
  type SpotifySimulator,
  type SpotifySimulatorOptions,
  startSpotifySimulator,
} from '@undertone/simulators/spotify/server';
import { startIngestion } from '../src/ingestion.js';

/** The ingestion service on real servers, with Spotify's simulator, and a token service that always has a token. */
export interface Harness {
  infrastructure: TestInfrastructure;
  simulator: SpotifySimulator;
  nats: NatsConnection;
  store: EventStore;
  rpc: RpcClient;
  environment: NodeJS.ProcessEnv;
  service: RunningService;
  /** Asks for an ingest and waits for its end. */
  ingest(userId: string, range: TimeRange): Promise<OwnedTask>;
  request(userId: string, range: TimeRange): Promise<string>;
  ended(jobId: string): Promise<OwnedTask>;
  stop(): Promise<void>;
}

export async function startHarness(
  options: SpotifySimulatorOptions = {},
  settings: Record<string, string> = {},
): Promise<Harness> {
  const infrastructure = await startInfrastructure(['ingestion']);
  const simulator = await startSpotifySimulator(options);
  const nats = await infrastructure.connect();
  nats.subscribe('rpc.token.access-token', {
    callback: (_error, message) => {
      const { id, data } = message.json<{ id: string; data: { user_id: string } }>();
      const response = {
        access_token: `sim-access-${data.user_id}`,
        expires_at: '2100-01-01T00:00:00.000Z',
      };
      message.respond(JSON.stringify({ id, response, isDisposed: true }));
    },
  });
  const environment = {
    ...infrastructure.environment('ingestion'),
    SPOTIFY_MODE: 'simulator',
    SPOTIFY_API_URL: simulator.url,
    RECCOBEATS_URL: `${simulator.url}/reccobeats`,
    ...settings,
  };
  const service = await startIngestion(environment);
  const store = await EventStore.open(nats);
  const request = (userId: string, range: TimeRange) =>
    requestJob(store, ingestListeningData, {
      payload: { user_id: userId, time_range: range },
      lane: 'interactive',
      source: 'test',
    });
  const ended = (jobId: string) =>
    eventually(`job ${jobId} ends`, async () => {
      const last = await store.last('JOBS', jobAggregate('spotify', 'interactive', jobId).filter);
      const task = last && evolveTask(undefined, last);
      return task && isTerminal(task.task.status) && task;
    });
  return {
    infrastructure,
    simulator,
    nats,
    store,
    rpc: new RpcClient(nats),
    environment,
    service,
    request,
    ended,
    ingest: async (userId, range) => ended(await request(userId, range)),
    async stop() {
      await service.close();
      await simulator.close();
      await infrastructure.stop();
    },
  };
}
