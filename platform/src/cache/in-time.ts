/** How long an answer of Redis is waited for, in milliseconds. */
export const ANSWER_MS = 250;

/** There was no answer in time. The command may have run all the same, or may still run later. */
export class NoAnswerInTime extends Error {
  constructor(longestMs: number) {
    super(`no answer within ${longestMs} ms`);
    this.name = 'NoAnswerInTime';
  }
}

/** @throws {NoAnswerInTime} when there is no answer for so long, in milliseconds. */
export async function inTime<T>(answer: Promise<T>, longestMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    // A process that was busy for so long first reads what has arrived in the meantime.
    timer = setTimeout(() => setImmediate(() => reject(new NoAnswerInTime(longestMs))), longestMs);
  });
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}
