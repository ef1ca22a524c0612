/** Whether what a server confirmed survives a power cut, or the last second or two of it may be lost. */
export type Durability = 'relaxed' | 'power-safe';

/** Something that runs jobs, with one queue that is its own. */
export interface JobEngine {
  readonly name: string;
  /** Asks for so many jobs, each of another person, and returns when all are there. */
  fill(count: number): Promise<void>;
  /**
   * Works on the queue. A job does nothing but call back.
   * @param slots jobs at once.
   * @returns how to stop.
   */
  work(slots: number, done: () => void): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

/** Does something many times, so many at once. */
export async function manyTimes(count: number, atOnce: number, work: () => Promise<unknown>): Promise<void> {
  let left = count;
  const one = async () => {
    while (left > 0) {
      left -= 1;
      await work();
    }
  };
  await Promise.all(Array.from({ length: atOnce }, one));
}
