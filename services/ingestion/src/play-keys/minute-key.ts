import { derivedId } from '@undertone/platform/ids/ids';
import { folded } from './track-key.js';

const MINUTE_MS = 60_000;

/**
 * What account data knows a stream by: the minute of its end, with the seconds cut off, the names and the length. The
 * extended history has all of it too, so this is how a stream of the one is found in the other.
 */
export const minuteKey = (
  userId: string,
  stream: { endedAt: Date; artist: string; track: string; msPlayed: number },
): string =>
  derivedId(
    'minute',
    userId,
    String(Math.floor(stream.endedAt.getTime() / MINUTE_MS)),
    folded(stream.artist),
    folded(stream.track),
    String(stream.msPlayed),
  );
