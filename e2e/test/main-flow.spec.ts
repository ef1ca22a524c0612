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

    const [snapshot, ...older] = await client.snapshots(userId);
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
    const insight = await client.insight(String(generation.result?.insight_id));
    expect(insight).toMatchObject({
      user_id: userId,
      snapshot_id: snapshot?.id,
      llm_model: 'template',
      tone_mode: 'supportive',
      source: 'simulator',
    });
    expect(insight.content).toContain(insight.structured_output.title);
    expect(await client.insights(userId)).toEqual([insight]);
  });

  it('gives the same person the same id', async () => {
    expect(await client.join('grace')).toBe(await client.join('grace'));
  });

  it('names every dependency when asked how it is', async () => {
    const { status, body } = await client.call('GET', '/health');
    expect(status).toBe(200);
    const named = Object.keys((body as { dependencies: object }).dependencies);
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
