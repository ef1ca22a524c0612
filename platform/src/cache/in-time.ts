/** A connection to a Redis that hangs, or that has just gone, still counts as ready: readers do not wait for it. */
export const ANSWER_MS = 250;

/** Redis's answer. @throws when there is none for so long, in milliseconds, that it counts as away. */
export async function inTime<T>(answer: Promise<T>, longestMs = ANSWER_MS): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${longestMs} ms`)), longestMs);
  });
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}
