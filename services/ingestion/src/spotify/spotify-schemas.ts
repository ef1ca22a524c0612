import { foreignId } from '@undertone/contracts/text';
import { z } from 'zod';
import { measures } from '../audio-features/track-features.js';

/**
 * What is read of Spotify's answers, and nothing more: deprecated fields may be absent, new ones may come.
 * Source: Spotify Web API reference, as of November 2026.
 */
const named = z.object({ id: z.string().min(1).max(255), name: z.string() });
/** An item, or a track, that is nothing or has no id. */
const withoutId = z
  .object({ id: z.null() })
  .nullable()
  .transform(() => undefined);

/** Local files and tracks that are gone have no id; they cannot be counted and are left out of lists. */
export const spotifyTrack = z.object({
  id: z.string().min(1).max(255),
  name: z.string(),
  duration_ms: z.int().optional(),
  artists: z
    .array(named.or(withoutId))
    .default([])
    .transform((artists) => artists.filter((artist) => artist !== undefined)),
  album: z.object({ name: z.string() }).optional(),
});
export type SpotifyTrack = z.output<typeof spotifyTrack>;

/** `genres` is deprecated: apps of 2026 are told none. */
export const spotifyArtist = named.extend({ genres: z.array(foreignId).optional() });
export type SpotifyArtist = z.output<typeof spotifyArtist>;

/** Spotify's name for a page of a list. */
export const pagingObject = <T extends z.ZodType>(item: T) =>
  z.object({ items: z.array(item.or(withoutId)), next: z.url().nullable(), total: z.int() });

export const recentlyPlayed = z.object({
  items: z.array(
    z.object({ track: spotifyTrack.or(withoutId), played_at: z.iso.datetime({ offset: true }) }),
  ),
});

/** Null where Spotify knows nothing of the track. */
export const spotifyAudioFeatures = z.object({
  audio_features: z.array(z.object({ id: z.string(), ...measures }).nullable()),
});
