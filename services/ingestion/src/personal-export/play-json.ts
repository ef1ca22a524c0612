import type { ExportedPlay } from './exported-play.js';

/** A play as JSON, with all that is kept of it. */
export const playJson = (play: ExportedPlay): string =>
  JSON.stringify({
    play_id: play.id,
    played_at: play.playedAt.toISOString(),
    ...(play.wholeMinute && { whole_minute: true }),
    spotify_id: play.spotifyId,
    name: play.name,
    artists: play.artists,
    album: play.album,
    named_by: play.named_by,
    ms_played: play.msPlayed,
    track_ms: play.lengthMs,
    ...(play.brokenOff && { broken_off: true }),
    source: play.source,
    sequence: play.sequence,
  });
