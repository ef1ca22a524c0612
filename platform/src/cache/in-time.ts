/** A connection to a Redis that hangs, or that has just gone, still counts as ready: readers do not wait for it. */
const ANSWER_MS = 250;

/** Redis's answer. @throws when there is none for so long that it counts as away. */
export async function inTime<T>(answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ANSWER_MS} ms`)), ANSWER_MS);
  });
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}
