import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { eventually } from '@undertone/platform/test-kit/eventually';
import type { LlmSimulator } from '@undertone/simulators/llm/server';
import type { Stack } from '../stack/stack.js';
import { environmentOf } from './environment.js';
import { rotatedKeys } from './keys.js';
import { type Answer, PlainClient } from './plain-client.js';

/** What the test has to know of a life, to read it. */
export interface Life {
  /** Linked: snapshots of three ranges, insights of four types. */
  readonly ada: string;
  /** Linked, and imported an export. */
  readonly ben: string;
  /** Imported an export, and linked nothing. */
  readonly cleo: string;
  /** Linked. */
  readonly dora: string;
  /** Of a file of her export, uploaded and not read yet. */
  readonly waitingTask: string;
  /** The last day of it. */
  readonly day: string;
  readonly tasks: readonly string[];
  readonly imports: readonly string[];
  readonly snapshots: readonly string[];
  readonly insights: readonly string[];
  readonly replay: string;
  readonly deadLetter: string;
}

const RANGES = ['short_term', 'medium_term', 'long_term'];
const TYPES = ['wellness', 'roast', 'productivity', 'weekly_summary'];

/** A small life of invented people, with something of everything that a release writes down. */
export async function live(stack: Stack, model: LlmSimulator): Promise<Omit<Life, 'waitingTask'>> {
  const client = new PlainClient(stack.url);
  const ada = await join(client, 'ada');
  const ben = await join(client, 'ben');
  const dora = await join(client, 'dora');
  const cleo: string = (await client.post('/api/users/register', person('cleo'))).user_id;
  const tasks: Answer[] = [];
  const done = async (path: string, body: object) => {
    const task = await client.done(path, body);
    tasks.push(task);
    return task;
  };

  // Of somebody without tokens and plays: it fails.
  await done('/api/listening/ingest', { user_id: cleo, time_range: 'short_term' });
  for (const time_range of RANGES) await done('/api/listening/ingest', { user_id: ada, time_range });
  await done('/api/listening/ingest', { user_id: ben, time_range: 'medium_term' });
  const imports: Answer[] = [];
  for (const [user_id, seed] of [[ben, 1] as const, [cleo, 2] as const]) {
    const name = 'Streaming_History_Audio_2026.json';
    const imported = await client.ended(await client.upload(user_id, name, exportOf(seed)));
    imports.push(imported, await client.ended(imported.result.snapshots_task_id));
  }

  const snapshots: Answer[] = [];
  for (const user_id of [ada, ben, cleo]) {
    snapshots.push(...(await client.get(`/api/listening/snapshots?user_id=${user_id}`)));
  }
  const insights: string[] = [];
  for (const user_id of [ada, ben, cleo]) {
    const { id: snapshot_id } = snapshots.find((snapshot) => snapshot.user_id === user_id);
    for (const insight_type of TYPES) {
      const order = { snapshot_id, insight_type, tone_mode: 'supportive' };
      insights.push((await done('/api/insights/generate', order)).result.insight_id);
    }
  }
  for (const [at, insight_id] of insights.entries()) {
    await client.post(`/api/insights/${insight_id}/feedback`, { helpful: at % 3 > 0 });
  }

  model.addFault({ kind: 'refusal' });
  await done('/api/insights/generate', {
    snapshot_id: snapshots[0].id,
    insight_type: 'roast',
    tone_mode: 'playful',
    fresh: true,
  });
  model.clearFaults();

  const replay = await publishAndReplay(client);
  await client.post('/api/admin/schedules/ingest-all-users/run', {});
  await fireAndPause(stack, client);
  await rebuild(client, 'insight-known-snapshots');
  const deadLetter = await giveUp(stack, client, ada);
  for (const service of ['identity', 'token'] as const) {
    await stack.kill(service);
    await stack.restart(service, { FIELD_ENCRYPTION_KEY: rotatedKeys });
    await done('/api/admin/keys/rotate', { service });
  }
  return {
    ...{ ada, ben, cleo, dora, replay, deadLetter, insights },
    day: new Date().toISOString().slice(0, 10),
    tasks: [...tasks, ...imports].map(({ task_id }) => task_id),
    imports: imports.filter(({ job_type }) => job_type === 'import-history').map(({ task_id }) => task_id),
    snapshots: snapshots.map(({ id }) => id),
  };
}

/** Uploads an export that nobody reads. @returns the task's id. */
export async function leaveWaiting(stack: Stack, dora: string): Promise<string> {
  await stack.kill('ingestion');
  // Tracks of its own: when it is read, nobody else's history shows more than it did.
  return new PlainClient(stack.url).upload(dora, 'Streaming_History_Audio_2026.json', exportOf(3, 'waiting'));
}

/** As it registers; the same again gives the same `user_id`. */
export const person = (name: string) => ({
  spotify_user_id: `kept-${name}`,
  display_name: `Listener ${name}`,
  email: `${name}@listeners.example`,
});

async function join(client: PlainClient, name: string): Promise<string> {
  const { user_id } = await client.post('/api/users/register', person(name));
  await client.post('/api/tokens/store', {
    user_id,
    access_token: `sim-access-${name}`,
    refresh_token: `sim-refresh-${name}`,
    expires_in: 3600,
    scope: 'user-top-read user-read-recently-played',
  });
  return user_id;
}

/** Rows of an invented export: 300 plays of 30 tracks, one every six hours. */
function exportOf(seed: number, prefix = ''): object[] {
  return Array.from({ length: 300 }, (_, at) => {
    const track = (at * at + seed * at) % 30;
    const ts = new Date(Date.UTC(2026, 6, 1) + at * 6 * 3_600_000 + seed * 60_000).toISOString();
    return {
      ts: ts.replace('.000Z', 'Z'),
      ms_played: 60_000 + track * 4_000,
      master_metadata_track_name: `Song ${track}`,
      master_metadata_album_artist_name: `The Invented ${track % 7}`,
      master_metadata_album_album_name: `Album ${track % 9}`,
      spotify_track_uri: `spotify:track:${`${prefix}${track}`.padStart(22, '0')}`,
      skipped: at % 11 === 0,
      incognito_mode: at % 50 === 0,
    };
  });
}

/** Publishes a version, replays the snapshots with it, which moves the label, and waits until it is what is read. */
async function publishAndReplay(client: PlainClient): Promise<string> {
  const { versions } = await client.get('/api/admin/prompts/wellness');
  const { messages, variables, parameters } = versions[0];
  const changed = messages.map(({ content, ...message }: { content: string }) => ({
    ...message,
    content: content.replace('sounded', 'felt'),
  }));
  const draft = { name: 'wellness', messages: changed, variables, parameters, model: null };
  const { number } = await client.post('/api/admin/prompts', { ...draft, changelog: 'one word' });
  await client.post('/api/admin/prompts/wellness/labels', { label: 'candidate', number });
  const order = { insight_type: 'wellness', prompt_version: `wellness-v${number}` };
  const { replay } = await client.post('/api/admin/replays', order);
  await eventually('the replay is active', async () => {
    return (await client.get(`/api/admin/replays/${replay.id}`)).status === 'active';
  });
  return replay.id;
}

/** Has the server fire a schedule, and pauses it. */
async function fireAndPause(stack: Stack, client: PlainClient): Promise<void> {
  const often = { SUMMARY_SCHEDULE: '* * * * * *' };
  const { SUMMARY_SCHEDULE } = environmentOf('');
  const path = '/api/admin/schedules';
  const summaries = async () =>
    (await client.get(path)).find(({ name }: Answer) => name === 'generate-weekly-summaries');
  await stack.kill('scheduler');
  await stack.restart('scheduler', often);
  await eventually('it was fired', async () => (await summaries()).last_task_id !== null);
  await client.post(`${path}/generate-weekly-summaries/pause`, {});
  await stack.kill('scheduler');
  await stack.restart('scheduler', { SUMMARY_SCHEDULE });
}

/** Until everything that was requested has ended. */
export async function rest(stack: Stack): Promise<void> {
  const manager = await jetstreamManager(await stack.infrastructure.connect());
  await eventually('nothing is under way', async () => {
    for await (const { num_pending, num_ack_pending } of manager.consumers.list('JOBS')) {
      if (num_pending + num_ack_pending > 0) return false;
    }
    return true;
  });
}

async function rebuild(client: PlainClient, projection: string): Promise<void> {
  const path = `/api/admin/rebuilds/${projection}`;
  await client.post(path, { swap: 'when_equal' });
  await eventually(`${projection} is rebuilt`, async () => (await client.get(path)).status === 'swapped');
}

/** The server's word that a job was delivered too often, while nobody works. @returns the dead letter's id. */
async function giveUp(stack: Stack, client: PlainClient, user_id: string): Promise<string> {
  await stack.kill('ingestion');
  await client.post('/api/listening/ingest', { user_id, time_range: 'short_term' });
  const nats = await stack.infrastructure.connect();
  const { state } = await (await jetstreamManager(nats)).streams.info('JOBS');
  const consumer = 'ingestion-spotify-interactive';
  const advisory = {
    type: 'io.nats.jetstream.advisory.v1.max_deliver',
    id: 'a-kept-dead-letter',
    timestamp: new Date().toISOString(),
    stream: 'JOBS',
    consumer,
    stream_seq: state.last_seq,
    deliveries: 1_000,
  };
  const subject = `$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.JOBS.${consumer}`;
  await jetstream(nats).publish(subject, JSON.stringify(advisory));
  await eventually('the dead letter is listed', async () => {
    return (await client.get('/api/admin/dead-letters')).length > 0;
  });
  await stack.restart('ingestion');
  return advisory.id;
}
