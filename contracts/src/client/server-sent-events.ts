/** One event as the HTML standard has it, without its type: each of the API's streams has one. */
export interface ServerSentEvent {
  /** Of this event or the last one that had an id; empty before. */
  readonly id: string;
  readonly data: string;
}

/**
 * Reads a `text/event-stream` (HTML, "Server-sent events"). An event that a broken stream left incomplete is dropped.
 * When the reader stops, the stream is cancelled.
 */
export async function* serverSentEvents(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<ServerSentEvent, void> {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let id = '';
  let data: string[] = [];
  let text = '';
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      // A carriage return at the end may be half of a line's end.
      const lines = (text + read.value).split(/\r\n|\n|\r(?!$)/);
      text = lines.pop() ?? '';
      for (const line of lines) {
        const [, field, value = ''] = /^([^:]*):? ?(.*)$/.exec(line) ?? [];
        if (field === 'id') id = value;
        else if (field === 'data') data.push(value);
        else if (line === '' && data.length > 0) {
          yield { id, data: data.join('\n') };
          data = [];
        }
      }
    }
  } finally {
    // Of a stream that broke, this fails with what the reader was told already.
    await reader.cancel().catch(() => undefined);
  }
}
