import OpenAI from 'openai';
import { expect, it } from 'vitest';
import { modelDefinition } from '../model-settings/model-definition.js';
import { checkHealth } from './model-health.js';

const model = {
  ...modelDefinition.parse({ id: 'own', provider: 'ollama', model: 'm', price: null }),
  apiKey: 'k',
};
const healthWhere = (response: Response) => {
  const client = new OpenAI({ apiKey: 'k', maxRetries: 0, fetch: async () => response });
  return checkHealth(client, model, () => new Date('2026-11-20T08:00:00Z'));
};

it('is up where the server lists the model, by the name or as its latest', async () => {
  for (const id of ['m', 'm:latest']) {
    expect(await healthWhere(Response.json({ data: [{ id: 'other' }, { id }] }))).toMatchObject({
      status: 'up',
    });
  }
  expect(await healthWhere(Response.json({ data: [] }))).toMatchObject({ status: 'down' });
});

it.each([
  ['a page', new Response('<html>', { headers: { 'content-type': 'text/html' } })],
  ['other JSON', Response.json({ status: 'ok' })],
  ['a list of something else', Response.json({ data: [null] })],
  ['404', Response.json({}, { status: 404 })],
])('is unknown where the server answers with %s', async (_what, response) => {
  expect(await healthWhere(response)).toMatchObject({
    status: 'unknown',
    detail: 'the server answers, and lists no models',
  });
});
