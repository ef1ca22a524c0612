import { inventedRow } from '@undertone/simulators/spotify/invented-export';

/** A row with each oddity that an export is known to have, and what becomes of it. */
export const oddities: readonly [expected: string, row: (n: number) => unknown][] = [
  ['incognito', (n) => inventedRow(n, { incognito_mode: true })],
  ['too_short_and_skipped', (n) => inventedRow(n, { ms_played: 2_000, skipped: true })],
  ['duplicate_in_import', (n) => inventedRow(n - (n % 1_000))],
  [
    'not_music',
    (n) =>
      inventedRow(n, {
        master_metadata_track_name: null,
        master_metadata_album_artist_name: null,
        spotify_track_uri: null,
        episode_name: 'Episode',
        spotify_episode_uri: 'spotify:episode:0000000000000000000000',
      }),
  ],
  [
    'not_music',
    (n) =>
      inventedRow(n, {
        master_metadata_track_name: null,
        master_metadata_album_artist_name: null,
        spotify_track_uri: null,
        audiobook_title: 'Audiobook',
        audiobook_uri: 'spotify:show:0000000000000000000000',
      }),
  ],
  ['unreadable', (n) => inventedRow(n, { ts: 'no time' })],
  ['unreadable', () => 'no row'],
  ['kept', (n) => inventedRow(n, { spotify_track_uri: null })],
  ['kept', (n) => inventedRow(n, { ms_played: 2_000, skipped: null })],
  ['kept', (n) => inventedRow(n, { skipped: 0, incognito_mode: 0 })],
];
