import { request } from '@undertone/contracts/client/call';
import { exportFiles } from '@undertone/contracts/personal-data/export-files';
import { inventedRow } from '@undertone/simulators/spotify/invented-export';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { filesIn } from '../../services/identity/test/archive-files.js';
import { Client } from '../stack/client.js';
import { Stack } from '../stack/stack.js';

describe('from registering to reading an insight', () => {
  let stack: Stack;
  let client: Client;
  beforeAll(async () => {
    stack = await Stack.start();
    client = new Client(stack.url);
  });
  afterAll(() => stack?.stop());

  /** The archive, as whoever has its link gets it. */
  async function archive(user_id: string): Promise<File> {
    const task = await client.ended((await client.call('startExport', { user_id })).task_id);
    expect(task).toMatchObject({ status: 'SUCCESS', job_type: 'export-person' });
    const { status, link, size } = await client.call('getExport', { user_id });
    expect(status).toBe('ready');
    const answer = await request(client.api, 'downloadExport', { code: link?.split('/').at(-1) ?? '' });
    const [, name = ''] = /filename="(.+)"/.exec(answer.headers.get('content-disposition') ?? '') ?? [];
    const file = new File([await answer.arrayBuffer()], name);
    expect(file.size).toBe(size);
    return file;
  }
  const exported = async (userId: string) =>
    filesIn(Buffer.from(await (await archive(userId)).arrayBuffer()));

  it('works over HTTP alone', async () => {
    const userId = await client.join('ada');
    const ingest = await client.ended(await client.ingest(userId, 'first'));
    expect(ingest).toMatchObject({ status: 'SUCCESS', job_type: 'ingest-listening-data', attempt: 1 });

    const [snapshot, ...older] = await client.call('listSnapshots', { user_id: userId });
    expect(older).toEqual([]);
    expect(snapshot).toMatchObject({
      id: ingest.result?.snapshot_id,
      user_id: userId,
      time_range: 'medium_term',
      source: 'simulator',
      audio_features: { source: 'simulator' },
    });

    const generation = await client.ended(await client.generate(snapshot?.id ?? '', 'first'));
    expect(generation).toMatchObject({ status: 'SUCCESS', job_type: 'generate-insight' });
    const insight = await client.call('getInsight', { insight_id: String(generation.result?.insight_id) });
    expect(insight).toMatchObject({
      user_id: userId,
      snapshot_id: snapshot?.id,
      llm_model: 'template',
      tone_mode: 'supportive',
      source: 'simulator',
    });
    expect(insight.content).toContain(insight.structured_output.title);
    expect(await client.call('listInsights', { user_id: userId })).toEqual([insight]);
  });

  it('gives the same person the same id', async () => {
    expect(await client.join('grace')).toBe(await client.join('grace'));
  });

  it('takes a data export, and says what became of every row', async () => {
    const userId = await client.join('lin');
    const twice = inventedRow(2);
    const rows = [inventedRow(1), twice, twice, inventedRow(3, { incognito_mode: true }), inventedRow(4)];
    const imported = await client.ended(
      await client.upload(userId, 'Streaming_History_Audio_2025.json', rows),
    );
    const report = { rows: 5, kept: 3, skipped: { duplicate_in_import: 1, incognito: 1 } };
    expect(imported).toMatchObject({ status: 'SUCCESS', result: report });
    const shown = await client.call('getImport', { import_id: imported.task_id });
    expect(shown).toMatchObject({ ...report, user_id: userId, import_id: imported.task_id });

    const again = await client.ended(await client.upload(userId, 'again.json', rows));
    expect(again.result).toMatchObject({ rows: 5, kept: 0 });
    expect(stack.output).not.toContain('203.0.113.7');
  });

  it('gives a person everything in a zip, and nothing of anybody else', async () => {
    const userId = await client.join('ada');
    const files = await exported(userId);
    const names = Object.keys(files).map((name) => name.replace(/^insights\/.*/, 'insights/'));
    expect(names.sort()).toEqual([...Object.keys(exportFiles), 'README.txt'].sort());
    const rows = (name: string): Record<string, unknown>[] => JSON.parse(files[name] ?? '');
    const lines = (name: string) => (files[name] ?? '').trimEnd().split('\n').filter(Boolean);

    const profile = JSON.parse(files['profile.json'] ?? '');
    expect(profile).toMatchObject({
      user_id: userId,
      display_name: 'Listener ada',
      spotify_user_id: 'ada',
      email: 'ada@listeners.example',
    });
    const [insight] = await client.call('listInsights', { user_id: userId });
    expect(rows('insights.json')).toMatchObject([{ id: insight?.id, content: insight?.content }]);
    const [markdown] = Object.entries(files).flatMap(([name, text]) =>
      name.startsWith('insights/') ? [text] : [],
    );
    expect(markdown).toContain(insight?.id);
    expect(rows('snapshots.json')).toMatchObject([{ id: insight?.snapshot_id }]);
    expect(rows('connections.json')).toMatchObject([{ provider: 'spotify', announced: true }]);
    expect(rows('token-uses.json')).toMatchObject([{ service: 'ingestion' }]);
    expect(rows('tasks.json').map((task) => task.job_type)).toContain('generate-insight');
    const plays = await client.call('listHistory', { user_id: userId, limit: 100 });
    expect(rows('plays.json')).toHaveLength(plays.length);
    expect(lines('plays.csv')).toHaveLength(plays.length + 1);
    expect(lines('listenbrainz.jsonl')).toHaveLength(plays.length);
    for (const context of ['identity', 'token', 'listening', 'insight', 'jobs']) {
      const [first = ''] = lines(`events/${context}.jsonl`);
      expect(JSON.parse(first), context).toMatchObject({
        type: expect.stringContaining(`undertone.${context}.`),
      });
    }
    for (const foreign of [
      'sim-access-',
      'sim-refresh-',
      'Listener lin',
      'lin@listeners',
      await client.join('lin'),
    ]) {
      expect(JSON.stringify(files)).not.toContain(foreign);
    }
  });

  it('takes its own export back, for somebody new', async () => {
    const [old, renewed] = [await client.join('lin'), await client.join('lin-elsewhere')];
    const imported = await client.ended(await client.uploadFile(renewed, await archive(old)));
    expect(imported).toMatchObject({ status: 'SUCCESS', result: { rows: 3, kept: 3, skipped: {} } });
    const plays = async (user_id: string) =>
      (await client.call('listHistory', { user_id })).map(({ play_id: _, ...play }) => play);
    expect(await plays(renewed)).toEqual(await plays(old));
  });

  it('names every dependency when asked how it is', async () => {
    const named = Object.keys((await client.call('health')).dependencies);
    expect(named).toEqual(expect.arrayContaining(['nats', 'redis']));
    for (const service of ['identity', 'token', 'ingestion', 'insight', 'scheduler']) {
      expect(named).toEqual(expect.arrayContaining([service, `${service}/postgres`]));
    }
  });

  it('lists every lane and the replicas that work on it', async () => {
    const workers = await client.call('listWorkers');
    const services = ['identity', 'token', 'ingestion', 'insight', 'scheduler'];
    expect(workers.map(({ service }) => service)).toEqual(expect.arrayContaining(services));
    for (const { replicas, slots } of await client.call('listQueues')) {
      expect(replicas).toBeGreaterThan(0);
      expect(slots).toBeGreaterThan(0);
    }
  });

  it('tells how far its read models are, and how large its stores', async () => {
    const projections = await client.call('listProjections');
    expect(projections.map(({ projection }) => projection)).toContain('scheduler-background-jobs');
    for (const { sequence, last, fault } of projections) {
      expect(sequence).toBeLessThanOrEqual(last);
      expect(fault).toBeNull();
    }
    const { services, unanswered, streams, redis, nats, disk } = await client.call('getSystem');
    expect(unanswered).toEqual([]);
    for (const { database } of services) {
      expect(database.tables.length).toBeGreaterThan(0);
      expect(database.pool.open).toBeGreaterThan(0);
    }
    expect(streams.map(({ name }) => name)).toEqual(expect.arrayContaining(['JOBS', 'LISTENING', 'INSIGHT']));
    expect(redis?.hits).toBeGreaterThan(0);
    expect(nats.version).toMatch(/^2\./);
    expect(disk.tables_bytes).toBeGreaterThan(0);
  });

  it('logs no token, name or address', () => {
    for (const secret of ['sim-access-', 'sim-refresh-', 'Listener ', '@listeners.example']) {
      expect(stack.output).not.toContain(secret);
    }
    expect(stack.output).toContain('job done');
  });
});
