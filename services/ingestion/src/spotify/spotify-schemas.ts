import { z } from 'zod';
import { measures } from '../audio-features/track-features.js';

/**
 * What is read of Spotify's answers, and nothing more: deprecated fields may be absent, new ones may come.
 * Source: Spotify Web API reference, as of November 2026.
 */
const named = z.object({ id: z.string(), name: z.string() });

export const spotifyTrack = z.object({
  id: z.string().min(1),
  name: z.string(),
  duration_ms: z.int().optional(),
  artists: z.array(named).default([]),
  album: z.object({ name: z.string() }).optional(),
});
export type SpotifyTrack = z.output<typeof spotifyTrack>;

export const spotifyArtist = named;
export type SpotifyArtist = z.output<typeof spotifyArtist>;

export const pageOf = <T extends z.ZodType>(item: T) =>
  z.object({ items: z.array(item), next: z.url().nullable(), total: z.int() });

export const recentlyPlayed = z.object({
  items: z.array(z.object({ track: spotifyTrack, played_at: z.iso.datetime({ offset: true }) })),
});

/** Null where Spotify knows nothing of the track. */
export const spotifyAudioFeatures = z.object({
  audio_features: z.array(z.object({ id: z.string(), ...measures }).nullable()),
});
