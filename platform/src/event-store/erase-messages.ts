import { type EventStore, LogUnavailable } from './event-store.js';

/**
 * Overwrites the messages under a filter, the oldest first, whether they are events or what is scheduled.
 * @param isSpent says when to stop.
 * @returns how many; `left` where it stopped before the last.
 * @throws {LogUnavailable} what was overwritten until then stays so.
 */
export async function eraseMessages(
  store: EventStore,
  stream: string,
  filter: string,
  isSpent: () => boolean = () => false,
): Promise<{ removed: number; left: boolean }> {
  let removed = 0;
  for (let from = 1; ; ) {
    const next = await nextUnder(store, stream, filter, from);
    if (next === undefined) return { removed, left: false };
    if (isSpent()) return { removed, left: true };
    if (await eraseAt(store, stream, next)) removed += 1;
    from = next + 1;
  }
}

async function nextUnder(
  { manager }: EventStore,
  stream: string,
  filter: string,
  seq: number,
): Promise<number | undefined> {
  const query = { seq, next_by_subj: filter };
  try {
    return (await manager.streams.getMessage(stream, query))?.seq;
  } catch (error) {
    throw new LogUnavailable(error);
  }
}

/**
 * Overwrites the message at a place, so that neither the server nor its disk has it any more. The place stays empty.
 * @returns whether there was one.
 * @throws {LogUnavailable}
 */
export async function eraseAt(store: EventStore, stream: string, sequence: number): Promise<boolean> {
  try {
    return await store.manager.streams.deleteMessage(stream, sequence, true);
  } catch (error) {
    // Somebody else did it, or its age did.
    if (!(await store.takenAt(stream, sequence))) return false;
    throw new LogUnavailable(error);
  }
}
