import { inventedRow } from '@undertone/simulators/spotify/invented-export';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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

  it('names every dependency when asked how it is', async () => {
    const named = Object.keys((await client.call('health')).dependencies);
    expect(named).toEqual(expect.arrayContaining(['nats', 'redis']));
    for (const service of ['identity', 'token', 'ingestion', 'insight', 'scheduler']) {
      expect(named).toEqual(expect.arrayContaining([service, `${service}/postgres`]));
    }
  });

  it('logs no token, name or address', () => {
    for (const secret of ['sim-access-', 'sim-refresh-', 'Listener ', '@listeners.example']) {
      expect(stack.output).not.toContain(secret);
    }
    expect(stack.output).toContain('job done');
  });
});
