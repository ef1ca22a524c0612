import type { ExportedPlay } from './exported-play.js';

/**
 * A play as a line of ListenBrainz' own export, which its importer takes: one listen a line, as its API takes them,
 * https://listenbrainz.readthedocs.io/en/latest/users/json.html ("Payload JSON details"). `listened_at` is when the playback began, in
 * seconds; a field whose value is not known is left out. Empty where nobody named the track: ListenBrainz takes no such listen.
 */
export function listenLine(play: ExportedPlay): string {
  const { name, artists, album, spotifyId, lengthMs, source } = play;
  if (name === null || artists.length === 0) return '';
  const url = spotifyId === null ? undefined : `https://open.spotify.com/track/${spotifyId}`;
  const listen = {
    listened_at: Math.floor(startOf(play) / 1000),
    track_metadata: {
      track_name: name,
      artist_name: artists.map((artist) => artist.name).join(', '),
      ...(album !== null && { release_name: album }),
      additional_info: {
        submission_client: 'Undertone',
        // What a simulator made up was listened to nowhere.
        ...(source !== 'simulator' && { music_service: 'spotify.com' }),
        ...(url !== undefined && { spotify_id: url, origin_url: url }),
        ...(lengthMs !== null && { duration_ms: lengthMs }),
      },
    },
  };
  return `${JSON.stringify(listen)}\n`;
}

/** An export says when a stream ended and how long it was; an API gives one moment. */
const startOf = ({ playedAt, msPlayed }: ExportedPlay): number => playedAt.getTime() - (msPlayed ?? 0);
