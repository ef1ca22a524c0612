/** The encoding that a byte order mark names; without one UTF-8. */
function encodingOf(head: Buffer): 'utf-8' | 'utf-16le' | 'utf-16be' {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
  return 'utf-8';
}

/** The text of a file's first bytes; undefined where they are no text. */
export function headText(head: Buffer): string | undefined {
  const encoding = encodingOf(head);
  // No text in UTF-8 has NUL in it, but one in UTF-16 does.
  if (encoding === 'utf-8' && head.includes(0)) return undefined;
  return new TextDecoder(encoding).decode(head);
}

/** The same file in UTF-8: Windows' editors save UTF-16, and say so with a byte order mark. */
export async function* asUtf8(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let decoder: TextDecoder | undefined;
  let head: Buffer | undefined = Buffer.alloc(0);
  for await (const chunk of chunks) {
    let bytes = chunk;
    if (head) {
      bytes = Buffer.concat([head, chunk]);
      head = bytes.length < 2 ? bytes : undefined;
      if (head) continue;
      const encoding = encodingOf(bytes);
      if (encoding !== 'utf-8') decoder = new TextDecoder(encoding);
    }
    yield decoder ? Buffer.from(decoder.decode(bytes, { stream: true })) : bytes;
  }
  if (head && head.length > 0) yield head;
  if (decoder) yield Buffer.from(decoder.decode());
}
