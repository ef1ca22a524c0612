import { derivedId } from '@undertone/platform/ids/ids';

const TRACK_URI = /^spotify:track:([0-9A-Za-z]{22})$/;

/** Case, width and spaces at the ends make no other track. */
export const folded = (name: string): string => name.normalize('NFKC').trim().toLowerCase();

/**
 * What a track is known by: Spotify's id where the export has it, else an id derived from the names. The latter has a
 * colon in it, so it can never be taken for one of Spotify's, which are 22 letters and digits.
 */
export function trackKey(uri: string | null | undefined, artist: string, track: string): string {
  const id = uri && TRACK_URI.exec(uri)?.[1];
  return id || `name:${derivedId('track', folded(artist), folded(track))}`;
}

/** Whether a track is known by its names alone: nobody can be asked about it. */
export const isNameKey = (key: string): boolean => key.startsWith('name:');

/** The same for an artist, of whom an export has the name alone. */
export const artistKey = (artist: string): string => `name:${derivedId('artist', folded(artist))}`;
