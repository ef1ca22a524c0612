/** An answer is longer than anything that was asked for. */
export class AnswerTooLong extends Error {
  constructor() {
    super('the answer is far too long');
    this.name = 'AnswerTooLong';
  }
}

/**
 * An answer's body, unpacked; of one that is too long, no more than what shows that is read.
 * @throws {AnswerTooLong} it has more than `most` bytes, as it came or unpacked.
 */
export async function boundedBody(
  { body }: Pick<Response, 'body'>,
  most: number,
): Promise<Buffer<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of body ?? []) {
    bytes += part.byteLength;
    if (bytes > most) throw new AnswerTooLong();
    parts.push(part);
  }
  return Buffer.concat(parts);
}
