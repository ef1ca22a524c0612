import type { EventStore, LogExtent } from '../event-store/event-store.js';
import type { Checkpoint } from './checkpoint.js';

/** The client gives a delivery's time as a number that cannot hold nanoseconds. */
const ROUNDING_MS = 2;

/**
 * Why a checkpoint is not a place in the log that the server holds, or `undefined` when it is one: NATS was restored from
 * an older backup than Postgres, or the stream was deleted and made again. What was applied is then not what happened, and
 * what happens next has sequences that count as applied. An event that the stream has forgotten by its age is no fault.
 * @param checkpoint read before this is called, so that the log is never the older of the two.
 * @param extent of the stream, asked for after the checkpoint was read.
 */
export async function checkpointFault(
  store: EventStore,
  stream: string,
  { sequence, log, landmark }: Checkpoint,
  extent: LogExtent,
): Promise<string | undefined> {
  if (sequence === 0) return undefined;
  if (sequence > extent.last) {
    return `its checkpoint is ${sequence}, and ${stream} ends at ${extent.last}`;
  }
  const at = landmark && (await store.takenAt(stream, landmark.sequence));
  // Since the log lost its end, other events may have taken the places.
  if (landmark && at && Math.abs(at.getTime() - landmark.at.getTime()) > ROUNDING_MS) {
    return `${stream} has another event at ${landmark.sequence} than the one that was applied`;
  }
  // A stream that was restored with all that was applied has a new time, and the last event that was applied, if it keeps
  // events for so long.
  const isRestored = landmark?.sequence === sequence && (at !== undefined || hasExpired(sequence, extent));
  if (log !== undefined && log !== extent.created && !isRestored) {
    return `its checkpoint is of a stream ${stream} made at ${log}, and this one was made at ${extent.created}`;
  }
  return undefined;
}

/**
 * Whether the place was of an event that is older than the stream keeps them. What had come there since this stream was made
 * would not be that old yet; a stream that is older than that tells nothing any more.
 */
const hasExpired = (sequence: number, { created, first, keepsMs }: LogExtent): boolean =>
  keepsMs !== undefined && sequence < first && Date.now() - Date.parse(created) < keepsMs;
