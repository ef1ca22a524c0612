import { buffer } from 'node:stream/consumers';
import { ZipFile } from 'yazl';

const ROWS_A_FILE = 16_000;

/** An extended streaming history of an invented person, as the zip that Spotify sends; every row is a play to keep. */
export async function inventedExport(rows: number): Promise<{ archive: Buffer; jsonBytes: number }> {
  const zip = new ZipFile();
  let jsonBytes = 0;
  for (let from = 0, file = 0; from < rows; from += ROWS_A_FILE, file += 1) {
    const count = Math.min(ROWS_A_FILE, rows - from);
    const text = JSON.stringify(Array.from({ length: count }, (_, index) => inventedRow(from + index)));
    jsonBytes += Buffer.byteLength(text);
    zip.addBuffer(
      Buffer.from(text),
      `Spotify Extended Streaming History/Streaming_History_Audio_2019_${file}.json`,
    );
  }
  zip.end();
  return { archive: await buffer(zip.outputStream), jsonBytes };
}

function inventedRow(n: number): Record<string, unknown> {
  const track = (n * 7_919) % 4_001;
  return {
    ts: new Date(Date.UTC(2019, 0, 1) + n * 211_000).toISOString().replace('.000', ''),
    platform: 'linux',
    ms_played: 30_000 + ((n * 613) % 200_000),
    conn_country: 'NZ',
    ip_addr: '203.0.113.7',
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
    skipped: false,
    offline: false,
    offline_timestamp: 1_546_300_800 + n,
    incognito_mode: false,
  };
}
