import type { FeaturesProvider } from '../audio-features/features-provider.js';
import type { SpotifyClient } from '../spotify/spotify-client.js';

/** Spotify's own numbers: only for apps that had access before 27 November 2024; others get 403. */
export const spotifyFeatures = (spotify: SpotifyClient): FeaturesProvider => ({
  batchSize: 100,
  needsToken: true,
  fetch: (trackIds, { token, signal }) => spotify.audioFeatures(trackIds, token, signal),
});
