/** One server-sent event as a client reads it. */
export interface ReadEvent {
  readonly id?: string;
  readonly event?: string;
  readonly data?: unknown;
}

export interface Followed {
  readonly status: number;
  readonly headers: Response['headers'];
  /** The next event, or `undefined` when the stream has ended. */
  next(): Promise<ReadEvent | undefined>;
  close(): Promise<void>;
}

/** A stream of server-sent events, read event by event. */
export async function followed(
  url: string,
  path: string,
  headers: Record<string, string> = {},
): Promise<Followed> {
  const ended = new AbortController();
  const response = await fetch(new URL(path, url), { headers, signal: ended.signal });
  if (!response.body) throw new Error('the answer has no body');
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  return {
    status: response.status,
    headers: response.headers,
    async next(): Promise<ReadEvent | undefined> {
      for (;;) {
        const end = text.indexOf('\n\n');
        if (end >= 0) {
          const block = text.slice(0, end);
          text = text.slice(end + 2);
          if (block.startsWith(':')) continue;
          return parsed(block);
        }
        const { done, value } = await reader.read();
        if (done) return undefined;
        text += value;
      }
    },
    async close(): Promise<void> {
      await reader.cancel();
      ended.abort();
    },
  };
}

function parsed(block: string): ReadEvent {
  const fields = Object.fromEntries(
    block.split('\n').map((line) => {
      const at = line.indexOf(': ');
      return [line.slice(0, at), line.slice(at + 2)];
    }),
  );
  return { ...fields, ...(fields.data && { data: JSON.parse(fields.data) }) };
}
