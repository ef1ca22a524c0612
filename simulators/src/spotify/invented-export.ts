/** A row of an invented person's extended history, as Spotify's data export has it; the n-th is always the same. */
export function inventedRow(n: number, change: Record<string, unknown> = {}): Record<string, unknown> {
  const track = (n * 7_919) % 2_003;
  return {
    ts: new Date(Date.UTC(2019, 0, 1) + n * 211_000).toISOString().replace('.000', ''),
    platform: 'linux',
    ms_played: 30_000 + ((n * 613) % 200_000),
    conn_country: 'NZ',
    ip_addr: '203.0.113.7',
    user_agent_decrypted: 'Invented/1.0',
    username: 'invented-user',
    master_metadata_track_name: `Lantern ${track}`,
    master_metadata_album_artist_name: `Moss Choir ${track % 97}`,
    master_metadata_album_album_name: `Tide ${track % 331}`,
    spotify_track_uri: `spotify:track:${track.toString(36).padStart(22, '0')}`,
    episode_name: null,
    episode_show_name: null,
    spotify_episode_uri: null,
    audiobook_title: null,
    audiobook_uri: null,
    reason_start: 'trackdone',
    reason_end: 'trackdone',
    shuffle: n % 2 === 0,
    skipped: null,
    offline: false,
    offline_timestamp: [0, null, 1_546_300_800 + n, 1_546_300_800_000 + n][n % 4],
    incognito_mode: false,
    ...change,
  };
}

/** The same stream as account data has it. */
export function inventedAccountRow(n: number): Record<string, unknown> {
  const row = inventedRow(n);
  return {
    endTime: String(row.ts).slice(0, 16).replace('T', ' '),
    artistName: row.master_metadata_album_artist_name,
    trackName: row.master_metadata_track_name,
    msPlayed: row.ms_played,
  };
}

export const inventedRows = (count: number, from = 0): Record<string, unknown>[] =>
  Array.from({ length: count }, (_, index) => inventedRow(from + index));
