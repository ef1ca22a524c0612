import { expect, it, vi } from 'vitest';
import { serverSentEvents } from './server-sent-events.ts';

/** As bytes that come in pieces of a size. */
function inPieces(text: string, size: number): ReadableStream<Uint8Array<ArrayBuffer>> {
  const bytes = new TextEncoder().encode(text);
  const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
    bytes.slice(at * size, (at + 1) * size),
  );
  return ReadableStream.from(pieces) as ReadableStream<Uint8Array<ArrayBuffer>>;
}

const text = [
  ': a comment',
  '',
  'id: 1',
  'event: task',
  'data: {"name":"ä"}',
  '',
  'data:two',
  'data: lines: both',
  '',
  'id: 3',
  'data: cut off',
];

it.each([
  ['\n', 1],
  ['\r\n', 1],
  ['\r', 1],
  ['\r\n', 7],
  ['\n', 1_000],
])('reads lines that end with %j, in pieces of %i bytes', async (end, size) => {
  const read: object[] = [];
  for await (const { id, data } of serverSentEvents(inPieces(text.join(end), size))) read.push({ id, data });
  expect(read).toEqual([
    { id: '1', data: '{"name":"ä"}' },
    { id: undefined, data: 'two\nlines: both' },
  ]);
});

it('cancels the stream when the reader has enough', async () => {
  let isCancelled = false;
  const endless = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull: (controller) => controller.enqueue(new TextEncoder().encode('data: 1\n\n')),
    cancel: () => {
      isCancelled = true;
    },
  });
  for await (const _ of serverSentEvents(endless)) break;
  await vi.waitFor(() => expect(isCancelled).toBe(true));
});
