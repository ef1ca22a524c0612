import { z } from 'zod';
import type { FeaturesProvider } from '../audio-features/features-provider.js';
import { measures, type TrackFeatures } from '../audio-features/track-features.js';
import { getJson } from '../provider-calls/get-json.js';
import type { ProviderGate } from '../provider-calls/provider-gate.js';
import type { IngestionSettings } from '../settings.js';

const answer = z.object({ content: z.array(z.object({ href: z.url(), ...measures })) });

/**
 * ReccoBeats: no key, 40 ids a call, unknown tracks left out, so an answer is matched by the Spotify id at the end of
 * its `href`. Source: ReccoBeats API reference, "Get multiple tracks audio features".
 */
export function reccoBeatsFeatures(settings: IngestionSettings, gate: ProviderGate): FeaturesProvider {
  return {
    batchSize: 40,
    needsToken: false,
    async fetch(trackIds, { signal }) {
      const url = new URL(`${settings.RECCOBEATS_URL}/v1/audio-features`);
      url.searchParams.set('ids', trackIds.join(','));
      const options = {
        provider: 'ReccoBeats',
        simulatorExpected: settings.SPOTIFY_MODE === 'simulator',
        timeoutMs: settings.PROVIDER_TIMEOUT_MS,
        signal,
      };
      const { content } = await gate.pass(() => getJson(url, answer, options));
      const asked = new Set(trackIds);
      const found = new Map<string, TrackFeatures>();
      for (const { href, ...features } of content) {
        const id = new URL(href).pathname.split('/').at(-1) ?? '';
        if (asked.has(id)) found.set(id, features);
      }
      return found;
    },
  };
}
