import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import specs from '@asyncapi/specs';
import { type ConsumerDefinition, consumers } from '@undertone/contracts/consumers';
import { keyQuestions } from '@undertone/contracts/encryption-keys';
import { events } from '@undertone/contracts/events';
import { healthOf } from '@undertone/contracts/health';
import { JobRequested, JobSucceeded } from '@undertone/contracts/jobs/job';
import { jobs } from '@undertone/contracts/jobs/registry';
import { projectionQuestions } from '@undertone/contracts/operations/projection';
import { systemQuestions } from '@undertone/contracts/operations/system';
import { workerQuestions } from '@undertone/contracts/operations/worker';
import {
  erasureQuestions,
  knownPeopleQuestions,
  rewriteQuestions,
} from '@undertone/contracts/personal-data/erasure';
import { exportQuestions } from '@undertone/contracts/personal-data/export-pages';
import { rebuildQuestions } from '@undertone/contracts/rebuild';
import { repeatedSubject } from '@undertone/contracts/rpc';
import { serviceNames } from '@undertone/contracts/service-name';
import { Ajv, type Options } from 'ajv';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { z } from 'zod';
import { documents } from '../generate/documents.ts';
import { addressOf, versionsOf } from '../generate/event-subjects.ts';
import { payloadFixturesOf, readFixtures } from '../generate/fixtures.ts';
import { declaredRpcs } from './declared.ts';

interface Ref {
  $ref: string;
}
interface Document {
  channels: Record<string, { address: string | null; parameters?: object; messages: Record<string, Ref> }>;
  operations: Record<
    string,
    { action: string; channel: Ref; messages: Ref[]; reply?: { channel: Ref; messages: Ref[] } }
  >;
  components: {
    messages: Record<string, { payload: object; headers?: object; examples?: { payload: unknown }[] }>;
    schemas: Record<string, object>;
  };
}

const document = parse(readFileSync(documents.asyncapi.file, 'utf8')) as Document;
const channels = Object.entries(document.channels);
const operations = Object.entries(document.operations);

/** What a reference within the document points at. */
const follow = (ref: string): unknown =>
  ref
    .slice(2)
    .split('/')
    .reduce<unknown>((node, key) => (node as Record<string, unknown> | undefined)?.[key], document);

const refsIn = (node: unknown): string[] => {
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([key, value]) =>
    key === '$ref' && typeof value === 'string' ? [value] : refsIn(value),
  );
};

const validator = (options: Options = {}) =>
  addFormats.default(new Ajv({ strict: false, allErrors: true, ...options }));

const ajv = validator().addSchema({ ...document, $id: 'https://undertone.invalid/' });

/** What is wrong with a message's payload; '' when nothing is. */
const payloadErrors = (message: string) => {
  const validate = ajv.compile({
    $ref: `https://undertone.invalid/#/components/messages/${message}/payload`,
  });
  return (data: unknown): string => (validate(data) ? '' : ajv.errorsText(validate.errors));
};

describe('the AsyncAPI document', () => {
  it('is valid AsyncAPI 3.0', () => {
    const { $schema, ...schema } = specs.schemas['3.0.0'] as Record<string, unknown>;
    // The specification's schema brings draft 07's own with it.
    const validate = validator({ meta: false, validateSchema: false }).compile(schema);
    validate(document);
    expect(validate.errors ?? []).toEqual([]);
  });

  it('refers only to what is there', () => {
    const dangling = refsIn(document).filter((ref) => !ref.startsWith('#/') || follow(ref) === undefined);
    expect(dangling).toEqual([]);
  });

  it.each(channels)('%s has a parameter for each part of its address', (_, { address, parameters }) => {
    const named = [...(address ?? '').matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
    expect(Object.keys(parameters ?? {})).toEqual(named);
  });

  it.each(operations)('%s deals with messages of its channel', (_, { channel, messages, reply }) => {
    for (const { $ref } of messages) expect($ref.startsWith(`${channel.$ref}/messages/`)).toBe(true);
    for (const { $ref } of reply?.messages ?? []) {
      expect($ref.startsWith(`${reply?.channel.$ref}/messages/`)).toBe(true);
    }
  });

  it('shows examples that fit their payloads', () => {
    for (const [name, { examples = [] }] of Object.entries(document.components.messages)) {
      const errors = payloadErrors(name);
      for (const { payload } of examples) expect(errors(payload)).toBe('');
    }
  });
});

describe.each(jobs)(
  'what the AsyncAPI document says of the job $type',
  ({ type, queue, payload, result }) => {
    const ids = { job_id: randomUUID(), job_type: type, user_id: randomUUID() };

    it('takes every payload that was ever requested, and no other', () => {
      const errors = payloadErrors(`${JobRequested.type}.v${JobRequested.version}`);
      const requested = (data: unknown) => ({ ...ids, queue, lane: 'bulk', payload: data });
      for (const { data } of payloadFixturesOf(readFixtures(), { type })) {
        expect(errors(requested(data))).toBe('');
        expect(errors({ ...requested(data), queue: 'another' })).not.toBe('');
      }
      expect(payload.safeParse({}).success).toBe(false);
      expect(errors(requested({}))).not.toBe('');
    });

    it('has its result', () => {
      const errors = payloadErrors(`${JobSucceeded.type}.v${JobSucceeded.version}`);
      const [field] = Object.keys((result as z.ZodObject).shape);
      expect(errors({ ...ids, attempt: 1, result: {} })).toBe('');
      expect(errors({ ...ids, attempt: 1, result: { [field as string]: [null] } })).not.toBe('');
    });
  },
);

describe('the AsyncAPI document mentions', () => {
  const named = events.flatMap((event) =>
    versionsOf(event).map((version) => ({ name: `${event.type}.v${version}`, event })),
  );
  it.each(named)('$name, on its subject', ({ name, event }) => {
    const [, channel] = channels.find(([, { address }]) => address === addressOf(event)) ?? [];
    expect(Object.keys(channel?.messages ?? {})).toContain(name);
  });

  it.each(named)('who writes $name', ({ name, event }) => {
    const newest = name.endsWith(`.v${event.version}`);
    const sending = operations.filter(
      ([, { action, messages }]) =>
        action === 'send' && messages.some(({ $ref }) => $ref.endsWith(`/messages/${name}`)),
    );
    expect(sending.length > 0).toBe(newest);
  });

  it.each(Object.values<ConsumerDefinition>(consumers))('the consumer $name', ({ name }) => {
    const receiving = operations.filter(([id]) => id === name || id.startsWith(`${name}-`));
    expect(receiving).not.toEqual([]);
    for (const [, { action }] of receiving) expect(action).toBe('receive');
  });

  it('every question, with its answer', async () => {
    const questions = [
      ...(await declaredRpcs()),
      ...serviceNames.map(healthOf),
      ...workerQuestions,
      ...projectionQuestions,
      ...systemQuestions,
      ...rebuildQuestions,
      ...keyQuestions,
      ...erasureQuestions,
      ...knownPeopleQuestions,
      ...rewriteQuestions,
      ...exportQuestions,
    ];
    const answered = operations.flatMap(([, { channel, reply }]) =>
      reply === undefined ? [] : [(follow(channel.$ref) as { address: string }).address],
    );
    // Whoever gets no answer to a read asks again.
    const asked = questions.flatMap(({ subject, isWrite }) =>
      isWrite ? [subject] : [subject, repeatedSubject(subject)],
    );
    expect(answered.sort()).toEqual(asked.sort());
  });
});
