import { randomUUID } from 'node:crypto';
import { type IncomingMessage, request } from 'node:http';
import { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import type { Reply } from './client.js';

/** One part of a form, in the order they are sent. */
export interface Part {
  /** Empty: it has none. */
  readonly name: string;
  /** Text for a field; with a file name, the file's content. */
  readonly value: string | Buffer | AsyncIterable<Buffer> | Iterable<Buffer>;
  readonly fileName?: string;
}

export const file = (value: Part['value'], fileName = 'export.zip'): Part => ({
  name: 'file',
  value,
  fileName,
});
export const field = (name: string, value: string): Part => ({ name, value });

async function* bytesOf(boundary: string, parts: readonly Part[]): AsyncGenerator<Buffer> {
  for (const { name, value, fileName } of parts) {
    const head = `--${boundary}\r\nContent-Disposition: form-data${name && `; name="${name}"`}`;
    yield Buffer.from(fileName === undefined ? `${head}\r\n\r\n` : `${head}; filename="${fileName}"\r\n\r\n`);
    if (typeof value === 'string' || Buffer.isBuffer(value)) yield Buffer.from(value);
    else yield* value;
    yield Buffer.from('\r\n');
  }
  yield Buffer.from(`--${boundary}--\r\n`);
}

export interface SentForm {
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  /** With a `Content-Length`; else in chunks. */
  readonly counted?: boolean;
}

/** Posts a form as it is made, chunk by chunk: unlike `fetch`, this takes an answer at any time. */
export async function postForm(url: string, parts: readonly Part[], sent: SentForm = {}): Promise<Reply> {
  const target = new URL('/api/imports', url);
  for (const [name, value] of Object.entries(sent.query ?? {})) target.searchParams.append(name, value);
  const boundary = randomUUID();
  const type = `multipart/form-data; boundary=${boundary}`;
  const stream = Readable.from(bytesOf(boundary, parts), { objectMode: false });
  const whole = sent.counted ? await buffer(stream) : undefined;
  const body = whole ? Readable.from([whole]) : stream;
  const length = whole && { 'content-length': `${whole.byteLength}` };
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const outgoing = request(target, {
      method: 'POST',
      headers: { 'content-type': type, ...length, ...sent.headers },
    });
    outgoing.on('response', resolve).on('error', reject);
    body.on('error', (error) => outgoing.destroy(error)).pipe(outgoing);
  });
  const answered = await text(answer);
  const headers = new Headers(
    Object.entries(answer.headers).map(([name, value]): [string, string] => [name, String(value)]),
  );
  return { status: answer.statusCode ?? 0, headers, text: answered, body: JSON.parse(answered) };
}
