import { derivedId } from '@undertone/platform/ids/ids';

/** What an API tells of a play: the same words again are the same play. */
export const playId = (userId: string, playedAt: Date, trackId: string): string =>
  derivedId('play', userId, playedAt.toISOString(), trackId, '');
