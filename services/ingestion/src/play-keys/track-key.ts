import { derivedId } from '@undertone/platform/ids/ids';

const TRACK_URI = /^spotify:track:([0-9A-Za-z]{22})$/;

/** Case, width and spaces at the ends make no other track. */
export const folded = (name: string): string => name.normalize('NFKC').trim().toLowerCase();

/** Spotify's id of a track, where a URI has one. */
export const trackId = (uri: string | null | undefined): string | null =>
  (uri && TRACK_URI.exec(uri)?.[1]) || null;

/** What a track is known by where only its names are. The colon keeps it apart from Spotify's ids, 22 letters and digits. */
export const namesKey = (artist: string, track: string): string =>
  `name:${derivedId('track', folded(artist), folded(track))}`;

/** What a track is known by: Spotify's id where the export has it, else its names. */
export const trackKey = (uri: string | null | undefined, artist: string, track: string): string =>
  trackId(uri) ?? namesKey(artist, track);

/** Whether a track is known by its names alone: nobody can be asked about it. */
export const isNameKey = (key: string): boolean => key.startsWith('name:');

/** The same for an artist, of whom an export has the name alone. */
export const artistKey = (artist: string): string => `name:${derivedId('artist', folded(artist))}`;
