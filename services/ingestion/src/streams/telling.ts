import { derivedId } from '@undertone/platform/ids/ids';

/** What a source tells of one stream. The same stream may be told several times. */
export interface Telling {
  /** See `tellingId` and `playId`. */
  readonly id: string;
  /** When it ended, in milliseconds; an API's moment is the start or the end, which Spotify does not promise. */
  readonly at: number;
  /** How long it played, in milliseconds; null: an API does not say. */
  readonly ms: number | null;
  /** Spotify's id of the track, else `namesKey`. */
  readonly track: string;
  /** `namesKey`, where the names are known. */
  readonly named: string | null;
  /** Account data cuts the seconds off `at`. */
  readonly wholeMinute: boolean;
  /** The listener, or a fault, ended it before the track did. False also where the source does not say. */
  readonly brokenOff: boolean;
  /** The event that brought it. */
  readonly sequence: number;
}

/** What a telling of an export is known by: its words. */
export const tellingId = (userId: string, telling: Omit<Telling, 'id' | 'sequence'>): string =>
  derivedId(
    'telling',
    userId,
    String(telling.at),
    telling.track,
    telling.named ?? '',
    String(telling.ms),
    telling.wholeMinute ? 'minute' : '',
    telling.brokenOff ? 'broken off' : '',
  );
