import { type EventSourceMessage, EventSourceParserStream } from 'eventsource-parser/stream';

/**
 * The events of a `text/event-stream`. One that a broken stream left incomplete is dropped. When the reader stops, the
 * stream is cancelled. Not a loop over the stream itself, which not every browser can do.
 */
export async function* serverSentEvents(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<EventSourceMessage, void> {
  const reader = stream
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream())
    .getReader();
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) yield read.value;
  } finally {
    // Of a stream that broke, this fails with what the reader was told already.
    await reader.cancel().catch(() => undefined);
  }
}
