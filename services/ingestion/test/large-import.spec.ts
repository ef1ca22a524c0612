import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type ExportPage, exportPages } from '@undertone/contracts/personal-data/export-pages';
import { newId } from '@undertone/platform/ids/ids';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { inventedAccountRow, inventedRow } from '@undertone/simulators/spotify/invented-export';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { counted, type ImportHarness, startImportHarness, temporaryFiles } from './import-harness.js';
import { oddities } from './odd-rows.js';
import { zip } from './zip.js';

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

const ROWS_A_FILE = 10_000;
const MEBIBYTE = 1024 * 1024;

/** Every tenth row is one of the oddities in turn. */
const oddityAt = (n: number) => (n % 10 === 5 ? oddities[((n - 5) / 10) % oddities.length] : undefined);

/** The last file tells again, as account data, what the one before it told; every tenth row is a podcast's. */
function accountDataAt(n: number): readonly [string, (n: number) => unknown] {
  if (n % 10 !== 5) return ['duplicate_in_import', () => inventedAccountRow(n - ROWS_A_FILE)];
  return [
    'not_music',
    () => ({ ...inventedAccountRow(n), artistName: null, trackName: null, podcastName: 'P' }),
  ];
}

/** Folders and names differ between the years of exports. */
function nameOf(index: number, isAccountData: boolean): string {
  if (isAccountData) return `Spotify Account Data/StreamingHistory_music_${index}.json`;
  return index % 2 === 0
    ? `Spotify Extended Streaming History/Streaming_History_Audio_2019_${index}.json`
    : `MyData/endsong_${index}.json`;
}

function exportOf(rows: number) {
  const expected: Record<string, number> = {};
  let bytes = 0;
  const files = [];
  for (let from = 0; from < rows; from += ROWS_A_FILE) {
    const lines = [];
    const isAccountData = from + ROWS_A_FILE === rows;
    for (let n = from; n < from + ROWS_A_FILE; n += 1) {
      const [verdict, row] = isAccountData ? accountDataAt(n) : (oddityAt(n) ?? ['kept', inventedRow]);
      expected[verdict] = (expected[verdict] ?? 0) + 1;
      lines.push(JSON.stringify(row(n)));
    }
    const data = `[${lines.join(',\n')}]`;
    bytes += data.length;
    files.push({ name: nameOf(from / ROWS_A_FILE, isAccountData), data });
  }
  return { archive: zip(files), expected, bytes };
}

const used = (): number => {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};

/** Looks again and again, and leaves nineteen twentieths of the time to what is looked at. */
function sampled(samples: number[]): () => void {
  let next = setTimeout(sample, 500);
  function sample() {
    const started = performance.now();
    samples.push(used());
    next = setTimeout(sample, Math.max(500, 19 * (performance.now() - started)));
  }
  return () => clearTimeout(next);
}

/** What is in use once everything that was let go of is gone. */
async function settled(): Promise<number> {
  for (let before = used(); ; ) {
    await new Promise((resolve) => setImmediate(resolve));
    const now = used();
    if (before - now < 64 * 1024) return now;
    before = now;
  }
}

describe('the import of a hundred thousand rows', () => {
  let harness: ImportHarness;
  /** Who takes along what was imported. */
  let taken: { readonly userId: string; readonly expected: Record<string, number> } | undefined;
  beforeAll(async () => {
    harness = await startImportHarness();
  });
  afterAll(() => harness.stop());

  // In a function of its own, so that the archive is gone when the memory is measured.
  async function uploaded(rows: number) {
    const { archive, ...about } = exportOf(rows);
    return { ...about, upload: await harness.upload(archive) };
  }

  /** Imports, and sees how much more memory was ever in use than before. */
  async function measured(rows: number) {
    const userId = newId();
    const { upload, expected, bytes } = await uploaded(rows);
    const samples = [await settled()];
    const stopSampling = sampled(samples);
    const started = performance.now();
    const jobId = await harness.requestImport(userId, upload, 'my_spotify_data.zip');
    const { task } = await eventually('the import ends', () => harness.ended(jobId), 300_000);
    const seconds = (performance.now() - started) / 1_000;
    stopSampling();
    samples.push(used());
    expect(task.error).toBeNull();
    const growth = (Math.max(...samples) - Math.min(...samples)) / MEBIBYTE;
    console.log(
      `${rows} rows (${(bytes / MEBIBYTE).toFixed(0)} MiB of JSON) in ${seconds.toFixed(1)} s, ` +
        `at most ${growth.toFixed(1)} MiB more in use`,
    );
    const progress = (await harness.jobEvents(jobId)).filter(({ type }) => type.endsWith('progressed'));
    return { report: await harness.report(jobId), expected, bytes, growth, userId, progress };
  }

  it('accounts for every row, in memory that does not grow with the file', async () => {
    const small = await measured(20_000);
    taken = small;
    const large = await measured(100_000);
    const { kept = 0, ...skipped } = large.expected;
    expect(large.report).toMatchObject({ rows: 100_000, kept, skipped });
    expect(large.report && counted(large.report)).toBe(100_000);
    expect(large.report?.skipped).toEqual(skipped);
    expect(large.report?.unreadable).toHaveLength(100);
    expect(large.report?.files).toHaveLength(10);
    const plays = 'select count(*)::int as count from play where user_id = ?';
    expect(await harness.orm().em.fork().execute(plays, [large.userId])).toEqual([{ count: kept }]);
    expect(temporaryFiles()).toEqual([]);

    expect(large.progress.length).toBeGreaterThan(0);
    // What five times the rows add is what deduplication needs of them, far from what they are in the file.
    const moreInFile = (large.bytes - small.bytes) / MEBIBYTE;
    expect(large.growth - small.growth).toBeLessThan(moreInFile / 3);
    expect(large.growth).toBeLessThan(48);
  }, 600_000);

  it('is taken along whole, each play once in each format, in pages that NATS takes', async () => {
    const { userId: user_id, expected } = taken ?? (await measured(20_000));
    const files: Record<string, string> = {};
    for (let after: string | null = null, pages = 0; ; pages += 1) {
      const page: ExportPage = await harness.rpc.ask(exportPages('ingestion'), { user_id, after });
      for (const { file, text } of page.pieces) files[file] = (files[file] ?? '') + text;
      if (page.next === null) {
        expect(pages).toBeGreaterThan(50);
        break;
      }
      after = page.next;
    }
    const kept = expected.kept ?? 0;
    const { 'plays.json': json = '', 'plays.csv': csv = '', 'listenbrainz.jsonl': listens = '' } = files;
    const plays: { play_id: string; played_at: string }[] = JSON.parse(json);
    expect(new Set(plays.map(({ play_id }) => play_id)).size).toBe(kept);
    expect(plays).toHaveLength(kept);
    expect(plays.map(({ played_at }) => played_at)).toEqual(plays.map(({ played_at }) => played_at).sort());
    expect(csv.match(/\r\n/g)).toHaveLength(kept + 1);
    expect(listens.match(/\n/g)).toHaveLength(kept);
    const count = 'select count(*)::int as count from exported_track where user_id = ?';
    const [named] = await harness.orm().em.fork().execute<{ count: number }[]>(count, [user_id]);
    const tracks: { track_id: string }[] = JSON.parse(files['exported-tracks.json'] ?? '');
    expect(tracks.length).toBeGreaterThan(1_000);
    expect(new Set(tracks.map(({ track_id }) => track_id)).size).toBe(named?.count);
    const { kept: _, ...skipped } = expected;
    const rows = (files['import-rows.jsonl'] ?? '').trimEnd().split('\n');
    const reasons = rows.map((line) => (JSON.parse(line) as { reason: string }).reason);
    const counts = Map.groupBy(reasons, (reason) => reason);
    expect(Object.fromEntries([...counts].map(([reason, { length }]) => [reason, length]))).toEqual(skipped);
    expect(new Set(rows).size).toBe(rows.length);
    expect(JSON.parse(files['spotify/Streaming_History_Audio_plays.json'] ?? '')).toHaveLength(kept);
  }, 120_000);
});
