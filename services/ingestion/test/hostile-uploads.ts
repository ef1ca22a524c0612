import { deflateRawSync, gzipSync } from 'node:zlib';
import { inventedRow, inventedRows } from '@undertone/simulators/spotify/invented-export';
import { type ZipEntry, zip } from './zip.js';

/** What must become of an upload: the code of the failure, or the counts of the report. */
export type Outcome = string | { kept: number; [reason: string]: number };

export interface HostileUpload {
  readonly is: string;
  readonly bytes: Buffer;
  readonly outcome: Outcome;
  readonly fileName?: string;
  /** Has to be in the failure's message. */
  readonly says?: string;
}

const AUDIO = 'Streaming_History_Audio_2019_0.json';
const rows = JSON.stringify(inventedRows(3));
const good: ZipEntry = { name: AUDIO, data: rows };
const archive = (is: string, outcome: Outcome, entries: ZipEntry[], says?: string): HostileUpload => ({
  is,
  bytes: zip(entries),
  outcome,
  ...(says !== undefined && { says }),
});
const single = (is: string, outcome: Outcome, text: string | Buffer, says?: string): HostileUpload => ({
  is,
  bytes: Buffer.from(text as string),
  outcome,
  fileName: AUDIO,
  ...(says !== undefined && { says }),
});
const oneRow = (is: string, reason: string, change: Record<string, unknown>): HostileUpload =>
  single(
    is,
    reason === 'kept' ? { kept: 4 } : { kept: 3, [reason]: 1 },
    JSON.stringify([...inventedRows(3), inventedRow(3, change)]),
  );
/** A row as text, for what `JSON.stringify` would not write. */
const rawRow = (is: string, outcome: Outcome, text: string): HostileUpload =>
  single(is, outcome, `${rows.slice(0, -1)},${text}]`);
const cut = (is: string, from: number, to?: number): HostileUpload => ({
  is,
  bytes: zip([good]).subarray(from, to),
  outcome: from > 0 ? 'NOT_AN_EXPORT' : 'ARCHIVE_BROKEN',
});
const flipped = (is: string, at: number): HostileUpload => {
  const bytes = zip([{ ...good, stored: true }]);
  bytes.writeUInt8((bytes[at] ?? 0) ^ 0xff, at);
  return { is, bytes, outcome: 'ARCHIVE_BROKEN' };
};
const HEADER = 30 + AUDIO.length;
const text = (row: Record<string, unknown>) => JSON.stringify(row);

/** The limits that the corpus is written for. */
export const limits = {
  IMPORT_MAX_UPLOAD_BYTES: '1000000',
  IMPORT_MAX_ENTRIES: '20',
  IMPORT_MAX_ENTRY_BYTES: '3000000',
  IMPORT_MAX_EXPANDED_BYTES: '5000000',
  IMPORT_MAX_ROWS: '2000',
};

export const hostileUploads: readonly HostileUpload[] = [
  // Bombs
  archive(
    'a bomb in one entry',
    'ARCHIVE_TOO_LARGE',
    [{ name: AUDIO, data: Buffer.alloc(4_000_000, ' ') }],
    AUDIO,
  ),
  archive(
    'a bomb by its ratio',
    'ARCHIVE_TOO_LARGE',
    [{ name: AUDIO, data: Buffer.alloc(2_900_000, ' ') }],
    'times',
  ),
  archive(
    'a bomb in many entries',
    'ARCHIVE_TOO_LARGE',
    [
      ...[1, 2, 3].map((n) => ({
        name: `endsong_${n}.json`,
        data: Buffer.alloc(1_900_000, ' '),
        size: 1_900_000,
        stored: true,
      })),
    ].map((entry) => ({
      ...entry,
      stored: false,
      data: Buffer.from(JSON.stringify(inventedRows(3_800))).subarray(0, 1_900_000),
    })),
  ),
  archive(
    'a bomb that hides in a file that is not read',
    'ARCHIVE_TOO_LARGE',
    [good, { name: 'Follow.json', data: Buffer.alloc(4_000_000) }],
    'Follow',
  ),
  archive(
    'a bomb that claims to be small',
    'ARCHIVE_BROKEN',
    [{ name: AUDIO, data: Buffer.alloc(2_900_000, ' '), size: 900 }],
    'more data',
  ),
  archive(
    'too many entries',
    'ARCHIVE_TOO_LARGE',
    Array.from({ length: 21 }, (_, n) => ({ name: `${n}.txt` })),
    '21',
  ),
  { is: 'entries that it does not have', bytes: zip([good], { entries: 9 }), outcome: 'ARCHIVE_BROKEN' },
  { is: 'more entries than can be', bytes: zip([good], { entries: 60_000 }), outcome: 'ARCHIVE_TOO_LARGE' },
  archive(
    'overlapping entries',
    'ARCHIVE_UNSAFE',
    [good, { ...good, name: 'endsong_0.json', offset: 10 }],
    'overlap',
  ),
  archive(
    'two entries with one set of data',
    'ARCHIVE_UNSAFE',
    [good, { ...good, name: 'endsong_0.json', offset: 0 }],
    'overlap',
  ),
  single('more rows than are allowed', 'ARCHIVE_TOO_LARGE', `[${'1,'.repeat(2_000)}1]`, 'rows'),
  single('an upload that is too large', 'ARCHIVE_TOO_LARGE', Buffer.alloc(1_000_001, ' ')),
  // Names
  archive('a name that climbs', 'ARCHIVE_UNSAFE', [good, { name: '../../etc/passwd' }], '../../etc/passwd'),
  archive('a name that climbs in the middle', 'ARCHIVE_UNSAFE', [{ ...good, name: `a/../../${AUDIO}` }]),
  archive('an absolute name', 'ARCHIVE_UNSAFE', [{ ...good, name: `/${AUDIO}` }]),
  archive('a drive’s name', 'ARCHIVE_UNSAFE', [{ ...good, name: `C:/${AUDIO}` }]),
  archive('a name with backslashes', 'ARCHIVE_UNSAFE', [{ ...good, name: `..\\${AUDIO}` }]),
  archive('a name with NUL', 'ARCHIVE_UNSAFE', [{ ...good, name: `${AUDIO}\0.txt` }]),
  archive('a name with a line break', 'ARCHIVE_UNSAFE', [{ ...good, name: `a\n${AUDIO}` }]),
  archive('no name', 'ARCHIVE_UNSAFE', [good, { name: '' }]),
  archive('an endless name', 'ARCHIVE_UNSAFE', [{ ...good, name: `${'a'.repeat(60_000)}.json` }]),
  archive('a name that is not UTF-8', { kept: 3 }, [good, { name: Buffer.from([0xff, 0xfe, 0x41]) }]),
  archive('folders without end', 'ARCHIVE_UNSAFE', [{ ...good, name: `${'a/'.repeat(9)}${AUDIO}` }], 'deep'),
  archive('one name twice', 'ARCHIVE_UNSAFE', [good, good], 'twice'),
  archive('a link', 'ARCHIVE_UNSAFE', [good, { name: 'a', data: '/etc/passwd', mode: 0o120777 }], 'link'),
  // Archives in archives, and what is not read
  archive('an archive in the archive', { kept: 3, duplicate_in_import: 3 }, [
    good,
    { name: 'more.zip', data: zip([good]) },
  ]),
  archive('nothing but archives beside each other', { kept: 6 }, [
    { name: 'my_spotify_data.zip', data: zip([good]) },
    {
      name: 'my_spotify_data (1).zip',
      data: zip([{ name: AUDIO, data: JSON.stringify(inventedRows(3, 3)) }]),
    },
  ]),
  archive(
    'nothing but an archive in an archive in the archive',
    'ARCHIVE_UNSAFE',
    [{ name: 'more.zip', data: zip([{ name: 'most.zip', data: zip([good]) }]) }],
    'one by one',
  ),
  archive('an archive in an archive in the archive beside a good file', { kept: 3 }, [
    good,
    { name: 'more.zip', data: zip([{ name: 'most.zip', data: zip([good]) }]) },
  ]),
  archive('an encrypted archive beside a good file', { kept: 3 }, [
    good,
    { name: 'more.zip', data: zip([good]), flags: 1 },
  ]),
  archive('an encrypted file in an archive beside good ones', { kept: 6 }, [
    good,
    {
      name: 'more.zip',
      data: zip([
        { ...good, name: 'endsong_9.json', flags: 1 },
        { name: 'endsong_1.json', data: JSON.stringify(inventedRows(3, 3)) },
      ]),
    },
  ]),
  archive('links in an archive beside a good file', 'ARCHIVE_UNSAFE', [
    good,
    { name: 'more.zip', data: zip([{ name: 'a', data: '/etc/passwd', mode: 0o120777 }]) },
  ]),
  archive('a bomb in an archive in the archive', 'ARCHIVE_TOO_LARGE', [
    good,
    { name: 'more.zip', data: zip([{ name: AUDIO, data: Buffer.alloc(4_000_000, ' ') }]) },
  ]),
  archive('an archive in the archive that is none', { kept: 3 }, [good, { name: 'more.zip', data: 'x' }]),
  archive('nothing but a tarball', 'ARCHIVE_UNSAFE', [{ name: 'more.tar.gz', data: 'x' }], 'unpack it'),
  archive('a broken tarball beside a good file', { kept: 3 }, [good, { name: 'more.tar.gz', crc: 1 }]),
  archive('a gzip file beside a good one', { kept: 3 }, [
    good,
    { name: 'endsong_1.json.gz', data: gzipSync(rows) },
  ]),
  archive('history that is called a gzip file', { kept: 3 }, [{ ...good, name: `${AUDIO}.gz` }]),
  archive('an archive that is called history', { kept: 3 }, [{ name: AUDIO, data: zip([good]) }]),
  archive('history that is called an archive', { kept: 3 }, [{ ...good, name: 'a.zip' }]),
  archive('an encrypted entry', 'ARCHIVE_UNSUPPORTED', [{ ...good, flags: 1 }], AUDIO),
  archive('a strongly encrypted entry', 'ARCHIVE_BROKEN', [{ ...good, flags: 0x41 }]),
  archive('an encrypted entry under another name', 'ARCHIVE_UNSUPPORTED', [
    { ...good, name: 'mine.json', flags: 1 },
  ]),
  archive('an unknown compression', 'ARCHIVE_UNSUPPORTED', [{ ...good, method: 14 }], '14'),
  // Damage and lies
  cut('an archive without its last byte', 0, -1),
  cut('an archive without its directory', 0, 200),
  cut('nothing but a signature', 0, 4),
  cut('an archive without its first bytes', 3),
  flipped('a damaged signature of the entry', 2),
  flipped('damaged data', HEADER + 10),
  archive('a wrong checksum', 'ARCHIVE_BROKEN', [{ ...good, crc: 1 }], 'checksum'),
  archive('less data than claimed', 'ARCHIVE_BROKEN', [{ ...good, size: rows.length + 1 }], 'less data'),
  archive('more data than claimed', 'ARCHIVE_BROKEN', [{ ...good, size: rows.length - 1 }], 'more data'),
  archive('a stored entry of two sizes', 'ARCHIVE_BROKEN', [{ ...good, stored: true, size: 5 }]),
  archive('an entry that ends behind the archive', 'ARCHIVE_BROKEN', [{ ...good, compressedSize: 900_000 }]),
  archive('an entry that starts behind the archive', 'ARCHIVE_BROKEN', [{ ...good, offset: 0x7fffffff }]),
  archive('data that is not deflated', 'ARCHIVE_BROKEN', [{ ...good, stored: true, method: 8 }]),
  archive('deflated data that breaks off', 'ARCHIVE_BROKEN', [
    { name: AUDIO, data: deflateRawSync(rows).subarray(0, 60), stored: true, method: 8, size: rows.length },
  ]),
  // No export
  archive('an empty archive', 'NOT_AN_EXPORT', []),
  archive('an archive of other things', 'NOT_AN_EXPORT', [{ name: 'holiday.jpg', data: 'x' }], 'holiday.jpg'),
  single('nothing', 'NOT_AN_EXPORT', ''),
  single('spaces', 'NOT_AN_EXPORT', '  \n'),
  single('a gzip file', 'NOT_AN_EXPORT', gzipSync(rows)),
  single('an image', 'NOT_AN_EXPORT', Buffer.from([0x89, 0x50, 0x4e, 0x47])),
  single('a web page', 'NOT_AN_EXPORT', '<html>'),
  single('a JSON object', 'NOT_AN_EXPORT', '{"rows": []}'),
  single('UTF-16 that does not say so', 'NOT_AN_EXPORT', Buffer.from(rows, 'utf16le')),
  single('UTF-16', { kept: 3 }, Buffer.from(`\u{feff}${rows}`, 'utf16le')),
  single('UTF-16 the other way round', { kept: 3 }, Buffer.from(`\u{feff}${rows}`, 'utf16le').swap16()),
  archive('history under another name', { kept: 3 }, [{ name: 'a/renamed.txt', data: rows }]),
  archive('history under another name in UTF-16', { kept: 3 }, [
    { name: 'mine.json', data: Buffer.from(`\u{feff}${rows}`, 'utf16le') },
  ]),
  archive('history under another name behind much white space', { kept: 3 }, [
    { name: 'mine.json', data: `${' '.repeat(9_000)}${rows}` },
  ]),
  single('history behind much white space', { kept: 3 }, `${'\n'.repeat(70_000)}${rows}`),
  archive('history under another name behind many odd rows', { kept: 3, unreadable: 30 }, [
    { name: 'mine.json', data: `[${'{},'.repeat(30)}${rows.slice(1)}` },
  ]),
  archive('folders of Windows', { kept: 3 }, [{ ...good, name: `My Data\\${AUDIO}` }]),
  { ...single('another array of JSON', 'NOT_AN_EXPORT', '[{"a": 1}]'), fileName: 'other.json' },
  // Files that are no rows to their end
  single('a file that breaks off in a row', 'ARCHIVE_BROKEN', rows.slice(0, -40), 'row 3'),
  single('a file that breaks off between rows', 'ARCHIVE_BROKEN', rows.slice(0, -1), 'breaks off'),
  single('a file that goes on', 'ARCHIVE_BROKEN', `${rows}{}`, 'goes on'),
  single('a string that does not end', 'ARCHIVE_BROKEN', `["${'x'.repeat(400_000)}`, 'breaks off in row 1'),
  single(
    'a row that is too long',
    'ARCHIVE_TOO_LARGE',
    JSON.stringify(
      inventedRows(2).map((row) => ({ ...row, master_metadata_track_name: 'x'.repeat(400_000) })),
    ),
    'row 1',
  ),
  archive('a good file and a broken one', { kept: 3 }, [
    good,
    { name: 'endsong_9.json', data: JSON.stringify(inventedRows(3, 3)).slice(0, -40) },
  ]),
  archive('a good file and an encrypted one', { kept: 3 }, [
    good,
    { ...good, name: 'endsong_9.json', flags: 1 },
  ]),
  archive('a good file and one with a wrong checksum', { kept: 3 }, [
    good,
    { name: 'endsong_9.json', data: JSON.stringify(inventedRows(3, 3)), crc: 1 },
  ]),
  archive('an object where rows should be', 'ARCHIVE_BROKEN', [{ name: AUDIO, data: '{}' }], AUDIO),
  archive('an empty history file', 'ARCHIVE_BROKEN', [{ name: AUDIO, data: '' }], AUDIO),
  // Rows: each is counted, and the rest goes on
  single('an empty array', { kept: 0 }, '[]'),
  single('a byte order mark', { kept: 3 }, `\u{feff}${rows}`),
  rawRow('NaN', { kept: 3, unreadable: 1 }, '{"ts": "2024-05-04T21:04:35Z", "ms_played": NaN}'),
  rawRow(
    'a number too large for a number',
    { kept: 3, unreadable: 1 },
    text(inventedRow(3)).replace(/"ms_played":\d+/, '"ms_played":1e999'),
  ),
  rawRow(
    'a number of a million digits',
    { kept: 3, unreadable: 1 },
    text(inventedRow(3)).replace(/"ms_played":\d+/, `"ms_played":${'9'.repeat(100_000)}`),
  ),
  rawRow(
    'a key twice: the last counts',
    { kept: 4 },
    text(inventedRow(3)).replace('"ms_played"', '"ms_played":-1,"ms_played"'),
  ),
  rawRow(
    'a prototype',
    { kept: 4 },
    text(inventedRow(3)).replace('{', '{"__proto__":{"incognito_mode":true},'),
  ),
  rawRow(
    'brackets without end inside a row',
    { kept: 3, unreadable: 1 },
    `${'['.repeat(50_000)}${']'.repeat(50_000)}`,
  ),
  rawRow('comments', { kept: 3, unreadable: 1 }, '/* none */ 1'),
  rawRow('two commas', { kept: 3, unreadable: 2 }, ',1'),
  rawRow('null, a number and a string', { kept: 3, unreadable: 3 }, 'null,1,"x"'),
  rawRow('a list', { kept: 3, unreadable: 1 }, '[1,2]'),
  single(
    'bytes that are not UTF-8',
    { kept: 2, unreadable: 1 },
    Buffer.from(rows.replace('Lantern', 'Lant\u00e9rn'), 'latin1'),
  ),
  oneRow('a lone surrogate in a name', 'kept', {
    master_metadata_track_name: 'a\ud800b',
    spotify_track_uri: null,
  }),
  oneRow('NUL in a name', 'kept', { master_metadata_track_name: 'a\0b', spotify_track_uri: null }),
  oneRow('SQL in a name', 'kept', {
    master_metadata_track_name: `'); drop table play; --`,
    spotify_track_uri: null,
  }),
  oneRow('a very long name', 'kept', {
    master_metadata_track_name: 'x'.repeat(100_000),
    spotify_track_uri: null,
  }),
  oneRow('wrong types', 'unreadable', { master_metadata_track_name: { a: 1 } }),
  oneRow('a date that is none', 'unreadable', { ts: '2024-02-30T10:00:00Z' }),
  oneRow('a date a million years off', 'unreadable', { ts: '+999999-01-01T00:00:00Z' }),
  oneRow('a skipped that is a word', 'kept', { skipped: 'yes' }),
  oneRow('a privacy that is no word', 'unreadable', { incognito_mode: 'perhaps' }),
  oneRow('a time to come', 'in_the_future', { ts: '2038-01-19T03:14:07Z' }),
  oneRow('an id that is none', 'kept', { spotify_track_uri: 'spotify:track:../../x' }),
];
