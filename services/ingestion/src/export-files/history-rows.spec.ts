import { describe, expect, it } from 'vitest';
import { artistKey, trackKey } from '../play-keys/track-key.js';
import { kindOf } from './export-file-kind.js';
import { historyRows } from './history-rows.js';

/** Invented, in the form of the extended history. */
const extended = {
  ts: '2024-05-04T21:04:35Z',
  username: 'invented-user',
  platform: 'linux',
  ms_played: 181_000,
  conn_country: 'NZ',
  ip_addr_decrypted: '203.0.113.7',
  ip_addr: '203.0.113.7',
  user_agent_decrypted: 'Invented/1.0',
  master_metadata_track_name: 'Paper Lantern',
  master_metadata_album_artist_name: 'The Moss Choir',
  master_metadata_album_album_name: 'Low Tide',
  spotify_track_uri: 'spotify:track:0hjif67e3mBkrPIlRDXHLS',
  episode_name: null,
  spotify_episode_uri: null,
  reason_start: 'clickrow',
  reason_end: 'trackdone',
  shuffle: false,
  skipped: false,
  offline: false,
  offline_timestamp: 1_714_856_675,
  incognito_mode: false,
};
const account = {
  endTime: '2024-05-04 21:04',
  artistName: 'The Moss Choir',
  trackName: 'Paper Lantern',
  msPlayed: 181_000,
};

async function read(name: string, ...rows: unknown[]) {
  const bytes = Buffer.from(
    `[${rows.map((row) => (typeof row === 'string' ? row : JSON.stringify(row))).join()}]`,
  );
  const file = {
    name,
    ...kindOf(name),
    size: bytes.length,
    read: () => [bytes] as unknown as AsyncIterable<Buffer>,
  };
  const read = [];
  for await (const { content } of historyRows(file)) read.push(content);
  return read;
}
const AUDIO = 'Streaming_History_Audio_2024_1.json';
const one = async (change: Record<string, unknown>) => (await read(AUDIO, { ...extended, ...change }))[0];
const oneOfAccount = async (change: Record<string, unknown>) =>
  (await read('StreamingHistory_music_0.json', { ...account, ...change }))[0];

describe('a row of the extended history', () => {
  it('is a stream that ended at `ts`, and nothing else of it is kept', async () => {
    expect(await one({})).toEqual({
      is: 'stream',
      endedAt: new Date('2024-05-04T21:04:35Z'),
      msPlayed: 181_000,
      brokenOff: false,
      wholeMinute: false,
      trackUri: 'spotify:track:0hjif67e3mBkrPIlRDXHLS',
      track: 'Paper Lantern',
      artist: 'The Moss Choir',
      album: 'Low Tide',
    });
  });

  it.each([1_714_856_675, 1_714_856_675_123, 0, null, 'soon', undefined])(
    'may have %j for its offline timestamp',
    async (offline_timestamp) => expect(await one({ offline_timestamp })).toMatchObject({ is: 'stream' }),
  );

  it.each([
    [null, false],
    [undefined, false],
    [0, false],
    [1, true],
    [true, true],
  ])('that has skipped %j was skipped: %j', async (skipped, brokenOff) =>
    expect(await one({ skipped })).toMatchObject({ brokenOff }),
  );

  it('may lack everything that an older export did not have', async () => {
    const { ts, ms_played, master_metadata_track_name, master_metadata_album_artist_name } = extended;
    const row = { ts, ms_played, master_metadata_track_name, master_metadata_album_artist_name };
    expect((await read('endsong_3.json', row))[0]).toMatchObject({
      is: 'stream',
      trackUri: null,
      album: null,
    });
  });

  it('of an incognito session is that, and nothing more', async () => {
    expect(await one({ incognito_mode: true })).toEqual({ is: 'incognito' });
  });

  const spoken = {
    master_metadata_track_name: null,
    master_metadata_album_artist_name: null,
    spotify_track_uri: null,
  };
  it.each([
    ['podcast', { episode_name: 'One', spotify_episode_uri: 'spotify:episode:x' }],
    ['audiobook', { audiobook_title: 'A Book' }],
    ['chapter', { audiobook_chapter_uri: 'spotify:chapter:x' }],
  ])('of a %s is no music', async (_, change) => {
    expect(await one({ ...spoken, ...change })).toEqual({ is: 'not_music' });
  });

  it.each([
    ['a time that is none', { ts: 'yesterday' }, 'ts'],
    ['a time before Spotify', { ts: '1970-01-01T00:00:00Z' }, 'ts'],
    ['a day that is none', { ts: '2024-02-30 10:00:00' }, 'ts'],
    ['a time that may be May or April', { ts: '05/04/2024 21:04' }, 'ts'],
    ['a privacy that nobody understands', { incognito_mode: 'perhaps' }, 'incognito_mode'],
    ['a huge length', { ms_played: 1e308 }, 'ms_played'],
    ['a negative length', { ms_played: -1 }, 'ms_played'],
    ['half a millisecond', { ms_played: 0.5 }, 'ms_played'],
    ['a length in words', { ms_played: 'three minutes' }, 'ms_played'],
    ['a name that is a list', { master_metadata_track_name: ['x'] }, 'master_metadata_track_name'],
    ['no track at all', spoken, 'names no track'],
  ])('with %s is unreadable, and the reason names it without its value', async (_, change, field) => {
    const row = await one({ ...change, ip_addr: '203.0.113.7' });
    expect(row).toMatchObject({ is: 'unreadable', reason: expect.stringContaining(field) });
    expect(JSON.stringify(row)).not.toMatch(/203\.0|invented|yesterday|1970/);
  });

  it.each(['{"ts": NaN}', '{"ip_addr": "203.0.113.7"', '12', 'null', '"text"', '[]', ''])(
    'that is %j is unreadable, and its neighbours are read',
    async (text) => {
      // What is cut off inside takes the rest of the file with it, which is another test.
      if (text.startsWith('{"ip')) return expect(read(AUDIO, extended, text)).rejects.toThrow(/breaks off/);
      const rows = await read(AUDIO, extended, text, extended);
      expect(rows.map(({ is }) => is)).toEqual(['stream', 'unreadable', 'stream']);
    },
  );

  it('has names that Postgres can keep', async () => {
    const row = await one({
      master_metadata_track_name: ' a\u0000b\ud800 ',
      master_metadata_album_album_name: '  ',
    });
    expect(row).toMatchObject({ track: 'ab\ufffd', album: null });
  });

  it('is no music in a file of videos, of which tracks are told apart', async () => {
    const episode = { ...extended, ...spoken, episode_name: 'One' };
    expect(await read('Streaming_History_Video_2018.json', extended, episode)).toEqual([
      { is: 'music_video' },
      { is: 'not_music' },
    ]);
  });

  it.each([
    '2024-05-04T21:04:35.000Z',
    '2024-05-04T21:04:35',
    '2024-05-04 21:04:35',
    '2024-05-04 21:04:35 UTC',
    '2024-05-04T21:04:35+00:00',
    '2024-05-04 21:04:35+0000',
    '2024-05-04T23:04:35+02:00',
    '2024-05-04 16:34:35 -0430',
    ' 2024-05-04t21:04:35z ',
  ])('may have %j for its end', async (ts) =>
    expect(await one({ ts })).toMatchObject({
      endedAt: new Date('2024-05-04T21:04:35Z'),
      wholeMinute: false,
    }),
  );

  it.each(['+99:99', '+14:01', '-15:00', '+05:60'])(
    'whose end is off by %s from UTC is unreadable',
    async (offset) =>
      expect(await one({ ts: `2024-05-04T21:04:35${offset}` })).toMatchObject({ is: 'unreadable' }),
  );

  it.each([
    ['+14:00', '2024-05-04T07:04:35Z'],
    ['-14:00', '2024-05-05T11:04:35Z'],
  ])('may end as far off UTC as %s', async (offset, ended) =>
    expect(await one({ ts: `2024-05-04T21:04:35${offset}` })).toMatchObject({ endedAt: new Date(ended) }),
  );

  it('whose seconds a table cut off is known by its minute', async () =>
    expect(await one({ ts: '2024-05-04 21:04' })).toMatchObject({
      endedAt: new Date('2024-05-04T21:04:00Z'),
      wholeMinute: true,
    }));

  it.each([
    [{ ms_played: '181000' }, { msPlayed: 181_000 }],
    [{ ms_played: '181000.0' }, { msPlayed: 181_000 }],
    [{ skipped: 'TRUE' }, { brokenOff: true }],
    [{ skipped: 'false' }, { brokenOff: false }],
    [{ skipped: '' }, { brokenOff: false }],
    [{ skipped: 'NA' }, { brokenOff: false }],
    [{ skipped: 'perhaps' }, { brokenOff: false }],
    [{ incognito_mode: 'False' }, { is: 'stream' }],
    [{ incognito_mode: '' }, { is: 'stream' }],
    [{ incognito_mode: 'True' }, { is: 'incognito' }],
    [{ incognito_mode: '1' }, { is: 'incognito' }],
    [{ master_metadata_track_name: 1999 }, { track: '1999' }],
    [{ reason_end: 12 }, { brokenOff: false }],
    [{ reason_end: 'fwdbtn' }, { brokenOff: true }],
  ])('that came through a table with %j is read all the same', async (change, expected) =>
    expect(await one(change)).toMatchObject(expected),
  );

  it('that has an id and no names is kept under its id', async () => {
    const unnamed = { master_metadata_track_name: null, master_metadata_album_artist_name: null };
    const uri = extended.spotify_track_uri;
    expect(await one(unnamed)).toMatchObject({ is: 'stream', trackUri: uri, track: null, artist: null });
    expect(await one({ ...unnamed, master_metadata_track_name: 'Lantern' })).toMatchObject({
      track: 'Lantern',
    });
    expect(await one({ ...unnamed, spotify_track_uri: 'spotify:local:a:b:c:1' })).toMatchObject({
      is: 'unreadable',
    });
  });

  it('is known by its fields in a file that is called account data, and the reverse', async () => {
    const streams = [
      ...(await read('StreamingHistory0.json', extended)),
      ...(await read(AUDIO, account)),
      ...(await read('StreamingHistory_music_0.json', account, extended)),
    ];
    expect(streams.map((row) => row.is === 'stream' && row.wholeMinute)).toEqual([false, true, true, false]);
  });
});

describe('a row of the account data', () => {
  it('is a stream in whole minutes', async () => {
    expect(await oneOfAccount({})).toMatchObject({
      is: 'stream',
      endedAt: new Date('2024-05-04T21:04:00Z'),
      trackUri: null,
    });
  });
  it('of 2019 has seconds, under another name', async () => {
    expect(await oneOfAccount({ endTime: undefined, time: '2019-05-04 21:04:35 UTC' })).toMatchObject({
      endedAt: new Date('2019-05-04T21:04:35Z'),
      wholeMinute: false,
    });
  });
  it('of a podcast or an audiobook is no music', async () => {
    const none = { artistName: undefined, trackName: undefined };
    expect(await oneOfAccount({ ...none, podcastName: 'A', episodeName: 'B' })).toEqual({ is: 'not_music' });
    expect(await oneOfAccount({ ...none, audiobookName: 'A' })).toEqual({ is: 'not_music' });
    expect(await read('StreamingHistory_podcast_0.json', account)).toEqual([{ is: 'not_music' }]);
  });
  it.each([{ endTime: '2024-13-40 99:99' }, { endTime: 5 }, { msPlayed: null }, { artistName: '' }])(
    'with %j is unreadable',
    async (change) => expect(await oneOfAccount(change)).toMatchObject({ is: 'unreadable' }),
  );
});

describe('a file’s kind', () => {
  it.each([
    ['Streaming_History_Audio_2015-2017_0.json', 'extended', 'music'],
    ['Spotify Extended Streaming History/Streaming_History_Audio_2024_1.json', 'extended', 'music'],
    ['MyData/endsong_12.json', 'extended', 'music'],
    ['Streaming_History_Video_2018-2024.json', 'extended', 'videos'],
    ['Spotify Account Data/StreamingHistory_music_0.json', 'account_data', 'music'],
    ['StreamingHistory0.json', 'account_data', 'music'],
    ['StreamingHistory_podcast_0.json', 'account_data', 'spoken'],
    ['StreamingHistory_audiobook_0.json', 'account_data', 'spoken'],
    ['Playlist1.json', 'not_history', 'music'],
    ['ReadMeFirst_ExtendedStreamingHistory.pdf', 'not_history', 'music'],
    ['Streaming_History_Audio_1/Inferences.json', 'not_history', 'music'],
  ])('of %s is %s', (name, kind, holds) => expect(kindOf(name)).toEqual({ kind, holds }));
});

describe('a track’s key', () => {
  it('is Spotify’s id, where there is one', () => {
    expect(trackKey('spotify:track:0hjif67e3mBkrPIlRDXHLS', 'a', 'b')).toBe('0hjif67e3mBkrPIlRDXHLS');
  });
  it.each([
    null,
    undefined,
    '',
    'spotify:local:a:b:c:1',
    'spotify:track:short',
    'spotify:episode:0hjif67e3mBkrPIlRDXHLS',
  ])('comes from the names for %j, and is never an id of Spotify’s', (uri) => {
    const key = trackKey(uri, 'The Moss Choir', 'Paper Lantern');
    expect(key).toBe(trackKey(null, ' THE MOSS choir', 'Paper Lantern '));
    expect(key).toMatch(/^name:[0-9a-f-]{36}$/);
    expect(key).not.toBe(trackKey(null, 'Paper Lantern', 'The Moss Choir'));
  });
  it('is another one than an artist’s', () => expect(artistKey('a')).not.toBe(trackKey(null, 'a', 'a')));
});
