import { headers } from '@nats-io/transport-node';
import { localOperator, type Principal, servicePrincipal } from '@undertone/contracts/access/principal';
import { questions } from '@undertone/contracts/questions';
import type { RpcDefinition } from '@undertone/contracts/rpc';
import { newId } from '@undertone/platform/ids/ids';
import { setPrincipal } from '@undertone/platform/rpc/principal-header';
import { refusal } from '@undertone/platform/rpc/rpc-client';
import { inventedRow } from '@undertone/simulators/spotify/invented-export';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { Client } from '../stack/client.js';
import { Stack } from '../stack/stack.js';

/** Every question to every service, past the gateway, with one field at a time that is odd, and the others as they should be. */

const TEXTS = [
  ...['', ' ', '\0', 'a\0b', '\ud800', '\u202e', '%', '\\', "'--", '../..', 'İ', '__proto__', 'constructor'],
  ...['😀'.repeat(60), 'é'.repeat(255), 'x'.repeat(250), '1e999', 'ß@ß.de', 'a@b.c\0'],
  ...['0000-01-01', '0000-01-01T00:00:00Z', '9999-12-31T23:59:59.999Z', '-000001-01-01T00:00:00.000Z'],
];
const NUMBERS = [0, -1, 1.5, 2 ** 31, 2 ** 53, 1e308];
const AT_ONCE = 10;

let stack: Stack;
/** What there is, by the names of fields. */
let known: Readonly<Record<string, unknown>>;
beforeAll(async () => {
  stack = await Stack.start();
  const client = new Client(stack.url);
  const user_id = await client.join('ada');
  const { result: ingested } = await client.ended(await client.ingest(user_id, 'first'));
  const snapshot_id = String(ingested?.snapshot_id);
  const generation = await client.ended(await client.generate(snapshot_id, 'first'));
  const rows = [inventedRow(1), inventedRow(2), inventedRow(2)];
  const imported = await client.ended(await client.upload(user_id, 'endsong_0.json', rows));
  known = {
    ...{ user_id, snapshot_id, base: snapshot_id, other: snapshot_id },
    ...{ insight_id: generation.result?.insight_id, task_id: generation.task_id },
    ...{ import_id: imported.task_id, time_zone: 'Europe/Berlin', projection: 'ingestion-plays' },
    ...{ name: 'wellness', insight_type: 'wellness', prompt_version: 'wellness-v1', provider: 'spotify' },
    ...{ email: 'ada@listeners.example', password: 'a long password', spotify_user_id: 'ada' },
  };
});
afterAll(() => stack?.stop());

type Schema = z.core.JSONSchema.JSONSchema;

/** Something that a schema takes, as well as its fields are known. */
function usual(schema: Schema | boolean, defs: Record<string, Schema>, name = ''): unknown {
  if (typeof schema === 'boolean') return 'x';
  const { $ref, type, properties = {}, items, format, minimum, minLength } = schema;
  if (known[name] !== undefined && type !== 'object' && type !== 'array') return known[name];
  if ($ref) return usual(defs[$ref.replace('#/$defs/', '')] ?? true, defs, name);
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return schema.enum[0];
  const [option] = schema.anyOf ?? schema.oneOf ?? [];
  if (option !== undefined) return usual(option as Schema, defs, name);
  switch (type) {
    case 'object':
      return Object.fromEntries(
        Object.entries(properties).map(([key, value]) => [key, usual(value as Schema, defs, key)]),
      );
    case 'array':
      return [usual((items as Schema | undefined) ?? true, defs, name)];
    case 'integer':
    case 'number':
      return Math.max(minimum ?? 1, 1);
    case 'boolean':
      return true;
    default:
      if (format === 'uuid') return known.user_id;
      if (format === 'date') return '2026-11-01';
      if (format === 'date-time') return '2026-11-01T00:00:00.000Z';
      return 'x'.repeat(Math.max(minLength ?? 1, 1));
  }
}

/** The same with one odd, or missing, part. */
function* odd(value: unknown): Generator<unknown> {
  if (typeof value === 'string') yield* TEXTS;
  else if (typeof value === 'number') yield* NUMBERS;
  else if (Array.isArray(value)) {
    yield [];
    for (const part of odd(value[0])) yield [part];
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, part] of Object.entries(value)) {
      yield Object.fromEntries(Object.entries(value).filter(([other]) => other !== key));
      for (const oddPart of odd(part)) yield { ...value, [key]: oddPart };
    }
  }
}

it('no odd field of any question is an error inside', async () => {
  const nats = await stack.infrastructure.connect();
  const failed: string[] = [];
  let sent = 0;
  const ask = async ({ subject, timeoutMs }: RpcDefinition, caller: Principal, data: unknown) => {
    const carried = headers();
    setPrincipal(carried, caller);
    const packet = JSON.stringify({ id: newId(), pattern: subject, data });
    const answer = await nats.request(subject, packet, { timeout: timeoutMs * 4, headers: carried });
    sent += 1;
    const { err } = answer.json<{ err?: unknown }>();
    if (err === undefined) return;
    const { status = 500 } = refusal.safeParse(err).data ?? {};
    if (status >= 500 && status !== 503) failed.push(`${packet}: ${JSON.stringify(err)}`);
  };
  for (const question of questions) {
    const schema = z.toJSONSchema(question.input, { io: 'input', unrepresentable: 'any' });
    const asItShouldBe = usual(schema, (schema.$defs ?? {}) as Record<string, Schema>);
    const service = servicePrincipal(question.service === 'token' ? 'ingestion' : 'insight');
    const all = [asItShouldBe, ...odd(asItShouldBe)].flatMap((data) => [
      () => ask(question, localOperator, data),
      () => ask(question, service, data),
    ]);
    while (all.length > 0) await Promise.all(all.splice(0, AT_ONCE).map((next) => next()));
  }
  expect(sent).toBeGreaterThan(5_000);
  expect(failed).toEqual([]);
}, 600_000);
