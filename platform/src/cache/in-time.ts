/** How long an answer of Redis is waited for, in milliseconds. */
export const ANSWER_MS = 250;

/** The answer did not come in time. Whatever was asked for may be done all the same, or be done later. */
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
    // A process that was busy for so long reads first what has arrived meanwhile.
    timer = setTimeout(() => setImmediate(() => reject(new NoAnswerInTime(longestMs))), longestMs);
  });
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}
