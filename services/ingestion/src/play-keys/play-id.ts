import { derivedId } from '@undertone/platform/ids/ids';

/**
 * What a play is known by: a person plays one track for so long until one moment once, however often we are told.
 * @param msPlayed null where the provider does not say.
 */
export const playId = (userId: string, playedAt: Date, trackId: string, msPlayed: number | null): string =>
  derivedId('play', userId, playedAt.toISOString(), trackId, String(msPlayed ?? ''));
