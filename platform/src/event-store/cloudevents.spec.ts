import { headers } from '@nats-io/transport-node';
import { defineEvent } from '@undertone/contracts/event';
import { PlaysFetched } from '@undertone/contracts/listening/plays-fetched';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { fromMessage, NotAnEvent, toMessage } from './cloudevents.js';

const Played = defineEvent({
  context: 'listening',
  name: 'played',
  description: 'a test event',
  schema: z.object({ title: z.string() }),
  older: [{ schema: z.object({}), upcast: () => ({ title: '' }) }],
});
const event = {
  definition: Played,
  id: '0199b2c4-0000-7000-8000-000000000001',
  data: { title: 'naïve “100 %” 🎵' },
  source: 'ingestion',
  time: new Date('2026-11-23T10:00:00.5Z'),
};
const notJson = new TextEncoder().encode('not { json');
const stored = ({ headers: carried, body }: ReturnType<typeof toMessage>) => ({
  stream: 'LISTENING',
  sequence: 7,
  subject: 'listening.1.played',
  headers: carried,
  data: body,
});

describe('an event as a message', () => {
  it('has the attributes of CloudEvents in its headers and the data alone as its body', () => {
    const { headers: carried, body } = toMessage({ ...event, correlationId: 'job', causationId: 'cause' });
    expect(Object.fromEntries([...carried].map(([name, [value]]) => [name, value]))).toEqual({
      'ce-specversion': '1.0',
      'ce-id': event.id,
      'ce-source': '/undertone/ingestion',
      'ce-type': 'undertone.listening.played.v2',
      'ce-dataschema': 'urn:undertone:listening:played:2',
      'ce-time': '2026-11-23T10:00:00.500Z',
      'ce-correlationid': 'job',
      'ce-causationid': 'cause',
      'content-type': 'application/json',
    });
    expect(JSON.parse(new TextDecoder().decode(body))).toEqual(event.data);
  });

  it('leaves out what it does not know', () => {
    const { headers: carried } = toMessage(event);
    expect(carried.has('ce-correlationid')).toBe(false);
    expect(carried.has('ce-causationid')).toBe(false);
  });

  // The first is the example that the CloudEvents HTTP binding gives for this encoding.
  it.each([
    ['Euro € 😀', 'Euro%20%E2%82%AC%20%F0%9F%98%80'],
    ['100 %', '100%20%25'],
    ['"quoted"', '%22quoted%22'],
    ['a\r\nb', 'a%0D%0Ab'],
    ["~!#$&'()*+,-./:;<=>?@[]^_`{|}\\", "~!#$&'()*+,-./:;<=>?@[]^_`{|}\\"],
  ])('encodes %j as the binding says', (text, encoded) => {
    const message = toMessage({ ...event, correlationId: text });
    expect(message.headers.get('ce-correlationid')).toBe(encoded);
    expect(fromMessage(stored(message)).correlationId).toBe(text);
  });

  it('survives half a character', () => {
    const message = toMessage({ ...event, correlationId: 'half \ud83d' });
    expect(fromMessage(stored(message)).correlationId).toBe('half \ufffd');
  });
});

describe('a message as an event', () => {
  it('gives back what was written, with its place in the log', () => {
    const envelope = { ...event, correlationId: 'job', causationId: 'cause' };
    expect(fromMessage(stored(toMessage(envelope)))).toEqual({
      id: event.id,
      type: 'undertone.listening.played',
      version: 2,
      source: '/undertone/ingestion',
      subject: 'listening.1.played',
      stream: 'LISTENING',
      sequence: 7,
      time: '2026-11-23T10:00:00.500Z',
      correlationId: 'job',
      causationId: 'cause',
      data: event.data,
    });
    expect(fromMessage(stored(toMessage(event)))).not.toHaveProperty('causationId');
  });

  it('has the whole number at the end of its type as its version', () => {
    const message = toMessage(event);
    message.headers.set('ce-type', 'undertone.listening.v1.played.v12');
    expect(fromMessage(stored(message))).toMatchObject({
      type: 'undertone.listening.v1.played',
      version: 12,
    });
    message.headers.set('ce-type', 'undertone.listening.played.v1.draft');
    expect(() => fromMessage(stored(message))).toThrow(/no version/);
  });

  it('carries the trace context', () => {
    const message = toMessage(event);
    message.headers.set('traceparent', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01');
    message.headers.set('tracestate', 'vendor=1');
    expect(fromMessage(stored(message))).toMatchObject({
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      tracestate: 'vendor=1',
    });
  });

  it.each(['ce-id', 'ce-type', 'ce-source', 'ce-time'])('is none without %s', (name) => {
    const message = toMessage(event);
    message.headers.delete(name);
    expect(() => fromMessage(stored(message))).toThrow(NotAnEvent);
    expect(() => fromMessage(stored(message))).toThrow(new RegExp(`message 7 of LISTENING .*no ${name}`));
  });

  it('is none without headers, without a version, with a body that is not JSON, or badly encoded', () => {
    const message = stored(toMessage(event));
    message.headers.set('ce-type', `${PlaysFetched.type}.v${PlaysFetched.version}`);
    expect(() => fromMessage({ ...message, headers: undefined })).toThrow(NotAnEvent);
    expect(() => fromMessage({ ...message, data: notJson })).toThrow(/not JSON/);
    expect(() => fromMessage({ ...message, data: new Uint8Array() })).toThrow(/not JSON/);
    const unversioned = headers();
    unversioned.set('ce-type', 'undertone.listening.played');
    expect(() => fromMessage({ ...message, headers: unversioned })).toThrow(/no version/);
    message.headers.set('ce-correlationid', '100%');
    expect(() => fromMessage(message)).toThrow(/ce-correlationid is not percent-encoded/);
  });

  it.each([
    'undertone.listening.of-a-newer-release.v1',
    `${PlaysFetched.type}.v${PlaysFetched.version + 1}`,
    'org.example.something.v1',
  ])('is one without data where a body that is not JSON is of %s, which nobody here knows', (type) => {
    const message = stored(toMessage(event));
    message.headers.set('ce-type', type);
    const found = fromMessage({ ...message, data: notJson });
    expect(`${found.type}.v${found.version}`).toBe(type);
    expect(found.data).toBeUndefined();
  });
});
