import { newId } from '@undertone/platform/ids/ids';
import { kindOf } from '../src/export-files/export-file-kind.js';
import { decideRows, type ToldBefore } from '../src/imports/decide-rows.js';
import { ImportTally } from '../src/imports/import-tally.js';
import { MusicRows } from '../src/imports/music-rows.js';
import { readRows } from '../src/imports/read-rows.js';
import type { PlacedSkip } from '../src/imports/skipped-rows.js';
import { namesKey } from '../src/play-keys/track-key.js';
import type { ExportStream } from '../src/plays/export-streams.js';
import type { StoredTelling } from '../src/plays/stored-telling.js';
import { ingestionSettings } from '../src/settings.js';
import { isListen } from '../src/streams/listen-rule.js';
import { neighbourhoods } from '../src/streams/neighbourhood.js';
import { streamsOf } from '../src/streams/streams.js';

const limits = ingestionSettings.parse({
  NATS_URL: 'nats://localhost',
  REDIS_URL: 'redis://localhost',
  DATABASE_URL: 'postgres://localhost/x',
  SPOTIFY_MODE: 'simulator',
});
const userId = newId();
export const ID = '0hjif67e3mBkrPIlRDXHLS';
export const END = Date.parse('2024-05-04T21:04:35Z');

export const row = (change: Record<string, unknown> = {}) => ({
  ts: '2024-05-04T21:04:35Z',
  ms_played: 180_000,
  master_metadata_track_name: 'Paper Lantern',
  master_metadata_album_artist_name: 'The Moss Choir',
  spotify_track_uri: `spotify:track:${ID}`,
  skipped: false,
  ...change,
});

/** What is kept of an export, and what was told before: by APIs, and by earlier imports. */
interface Before {
  history?: readonly StoredTelling[];
  /** Moments by Spotify's id of a track. */
  provider?: Record<string, readonly number[]>;
  /** Names of these tracks, where a provider gave them. */
  named?: Record<string, string>;
  importedAt?: Date;
  maxRows?: number;
  signal?: AbortSignal;
  /** Is told how many rows are decided on together. */
  together?: (count: number) => void;
}

/** What an import keeps, and what it skips. @param files rows by the file's name. */
export async function select(files: Record<string, readonly unknown[]>, before: Before = {}) {
  const history = [...(before.history ?? []), ...fetched(before)];
  const exportFiles = Object.entries(files).map(([name, rows]) => {
    const bytes = Buffer.from(JSON.stringify(rows));
    return { name, ...kindOf(name), size: bytes.length, read: () => halves(bytes) };
  });
  const skipped: PlacedSkip[] = [];
  const tally = new ImportTally(exportFiles, (row) => skipped.push(row));
  const flush = async () => undefined;
  const music = new MusicRows();
  const streams: ExportStream[] = [];
  const progress: number[] = [];
  const signal = before.signal ?? new AbortController().signal;
  const batches = readRows({
    userId,
    files: exportFiles,
    importedAt: before.importedAt ?? new Date('2026-11-30T12:00:00Z'),
    music,
    tally,
    flush,
    limits: { ...limits, IMPORT_MAX_ROWS: before.maxRows ?? limits.IMPORT_MAX_ROWS },
    signal,
    progress: (share) => progress.push(share),
  });
  for await (const batch of batches) streams.push(...batch);
  await decideRows({
    music,
    tally,
    signal,
    flush,
    around: async (rows) => {
      before.together?.(rows.length);
      return neighbourhoods<ToldBefore>([...history, ...rows]);
    },
    isListen: rule,
  });
  const about = { import_id: newId(), user_id: userId, imported_at: new Date(END).toISOString() };
  const told = [...history, ...streams.map((stream) => tellingOf(stream, history.length + 1))];
  return { report: tally.report(about), history: settled(told), streams, skipped, progress };
}

async function* halves(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes.subarray(0, bytes.length / 2);
  yield bytes.subarray(bytes.length / 2);
}

const rule = ({ ms }: { ms: number | null }, brokenOff: boolean) => isListen({ ms, brokenOff });

/** As the read model keeps it. */
function settled(told: readonly StoredTelling[]): StoredTelling[] {
  const streams = neighbourhoods(told).flatMap((tellings) => streamsOf(tellings, rule));
  const plays = new Set(streams.map(({ play }) => play));
  return told.map((telling) => ({ ...telling, isPlay: plays.has(telling) }));
}
export const playsOf = (told: readonly StoredTelling[]) => told.filter(({ isPlay }) => isPlay);

const tellingOf = (stream: ExportStream, sequence: number): StoredTelling => ({
  id: stream.id,
  at: Date.parse(stream.played_at),
  ms: stream.ms_played,
  track: stream.track_id,
  named: stream.artist && stream.track && namesKey(stream.artist, stream.track),
  wholeMinute: stream.whole_minute ?? false,
  brokenOff: stream.broken_off ?? false,
  sequence,
  source: 'export',
  artist: null,
  trackMs: null,
  isPlay: false,
});

const fetched = ({ provider = {}, named = {} }: Before): StoredTelling[] =>
  Object.entries(provider).flatMap(([track, times]) =>
    times.map((at) => ({
      id: `${track} ${at}`,
      at,
      ms: null,
      track,
      named: named[track] ?? null,
      wholeMinute: false,
      brokenOff: false,
      sequence: 0,
      source: 'spotify' as const,
      artist: null,
      trackMs: null,
      isPlay: true,
    })),
  );

export const audio = (...rows: unknown[]) => ({ 'Streaming_History_Audio_1.json': rows });
export const skippedOf = async (...given: Parameters<typeof select>) =>
  (await select(...given)).report.skipped;
