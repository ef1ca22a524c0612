import type { ExportedPlay } from './exported-play.js';

/**
 * A play as a row of Spotify's extended streaming history, which `POST /api/imports` takes, and other programs do. Of what Spotify tells
 * of a stream and nobody kept (country, address, platform, why it began) there is nothing. A play that an API told has no length: the track's
 * stands in its place; `undefined` where that is not known either.
 */
export function streamRow(play: ExportedPlay): string | undefined {
  const msPlayed = play.msPlayed ?? play.lengthMs;
  if (msPlayed === null) return undefined;
  return JSON.stringify({
    ts: ended(play),
    ms_played: msPlayed,
    master_metadata_track_name: play.name,
    master_metadata_album_artist_name: play.artists[0]?.name ?? null,
    master_metadata_album_album_name: play.album,
    spotify_track_uri: play.spotifyId === null ? null : `spotify:track:${play.spotifyId}`,
    reason_end: play.brokenOff ? 'endplay' : 'trackdone',
    skipped: play.brokenOff,
    incognito_mode: false,
  });
}

/** In whole seconds, as Spotify writes it; without seconds where nobody knows them, so that they stay unknown. */
function ended({ playedAt, wholeMinute }: ExportedPlay): string {
  const text = playedAt.toISOString();
  return `${text.slice(0, wholeMinute ? 16 : 19)}Z`;
}
