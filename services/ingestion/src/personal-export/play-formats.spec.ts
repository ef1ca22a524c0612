import { describe, expect, it } from 'vitest';
import { readExtendedRow } from '../export-files/extended-row.js';
import type { ExportedPlay } from './exported-play.js';
import { listenLine } from './listen-line.js';
import { csvHead, csvLine } from './plays-csv.js';
import { streamRow } from './stream-row.js';

const play: ExportedPlay = {
  id: '0199b7c2-0000-7000-8000-000000000001',
  playedAt: new Date('2025-03-01T20:15:30.000Z'),
  wholeMinute: false,
  spotifyId: '4cOdK2wGLETKBW3PvgPWqT',
  name: 'Lantern 7',
  artists: [
    { id: 'a', name: 'Moss Choir' },
    { id: 'b', name: 'Tide' },
  ],
  album: 'Paper',
  named_by: 'provider',
  msPlayed: 90_000,
  lengthMs: 212_000,
  brokenOff: false,
  source: 'export',
  isRepeated: false,
  sequence: 7,
};
const unnamed = { name: null, artists: [], album: null, named_by: null };

describe('plays.csv', () => {
  it('has a line for each play', () => {
    expect(csvHead + csvLine(play)).toBe(
      'played_at,track,artist,album,spotify_id,ms_played,track_ms,source,play_id\r\n' +
        `"2025-03-01T20:15:30.000Z","Lantern 7","Moss Choir; Tide","Paper","4cOdK2wGLETKBW3PvgPWqT",90000,212000,"export","${play.id}"\r\n`,
    );
  });

  it.each([
    ['=HYPERLINK("http://evil.example")', '"\'=HYPERLINK(""http://evil.example"")"'],
    ['+1', '"\'+1"'],
    ['-7 dB', '"\'-7 dB"'],
    ['@home', '"\'@home"'],
    ['\tcmd', '"\'\tcmd"'],
    ['\r=1+1', '"\'\r\'=1+1"'],
    ['\n=1+1', '"\'\n\'=1+1"'],
    [' =1+1', '"\' =1+1"'],
    ['"=1+1', '"\'""=1+1"'],
    ['＝1+1', '"\'＝1+1"'],
    ['Hush, "quiet"', '"Hush, ""quiet"""'],
    ['two\nlines', '"two\nlines"'],
    ['a = b', '"a = b"'],
    ['Lantern - live; part 2', '"Lantern - live; part 2"'],
  ])('%j is no formula, and one cell', (name, cell) => {
    expect(csvLine({ ...play, name, artists: [] })).toContain(`Z",${cell},"",`);
  });

  it.each([',', ';', '|', '\t', '\r', '\n'])(
    'has no formula where %j parts cells, quoted or not',
    (separator) => {
      for (const rest of ['=1+1', ' =1+1', '"=1+1', '+1', '-1', '@x', '＝1', '\t=1', `${separator}=1`]) {
        const artists = [
          { id: 'a', name: 'Moss' },
          { id: 'b', name: rest },
        ];
        const line = csvLine({ ...play, name: `a${separator}${rest}`, artists });
        const cells = line.split(separator).map((one) => one.replace(/^[\s"]+/, ''));
        expect(cells.filter((one) => /^[=+\-@＝]/.test(one))).toEqual([]);
      }
    },
  );

  it('leaves empty what is not known', () => {
    const bare = { ...play, ...unnamed, spotifyId: null, msPlayed: null, lengthMs: null };
    expect(csvLine(bare)).toBe(`"2025-03-01T20:15:30.000Z",,"",,,,,"export","${play.id}"\r\n`);
  });
});

describe('listenbrainz.jsonl', () => {
  it('has a listen that began when the stream did', () => {
    expect(JSON.parse(listenLine(play))).toEqual({
      listened_at: Date.UTC(2025, 2, 1, 20, 14, 0) / 1000,
      track_metadata: {
        track_name: 'Lantern 7',
        artist_name: 'Moss Choir, Tide',
        release_name: 'Paper',
        additional_info: {
          submission_client: 'Undertone',
          music_service: 'spotify.com',
          spotify_id: 'https://open.spotify.com/track/4cOdK2wGLETKBW3PvgPWqT',
          origin_url: 'https://open.spotify.com/track/4cOdK2wGLETKBW3PvgPWqT',
          duration_ms: 212_000,
        },
      },
    });
  });

  it('leaves out what is not known', () => {
    const bare = { ...play, album: null, spotifyId: null, msPlayed: null, lengthMs: null };
    expect(JSON.parse(listenLine(bare))).toEqual({
      listened_at: Date.UTC(2025, 2, 1, 20, 15, 30) / 1000,
      track_metadata: {
        track_name: 'Lantern 7',
        artist_name: 'Moss Choir, Tide',
        additional_info: { submission_client: 'Undertone', music_service: 'spotify.com' },
      },
    });
  });

  it('has no listen of a track that nobody named, and no service for what was made up', () => {
    expect(listenLine({ ...play, ...unnamed })).toBe('');
    expect(listenLine({ ...play, source: 'simulator' })).not.toContain('music_service');
  });

  it('has one line for a name of several', () => {
    expect(listenLine({ ...play, name: 'two\nlines' }).match(/\n/g)).toHaveLength(1);
  });
});

describe('a row of Spotify’s format', () => {
  const readBack = (told: ExportedPlay) => readExtendedRow(JSON.parse(streamRow(told) ?? 'null'));
  const stream = {
    is: 'stream',
    endedAt: play.playedAt,
    wholeMinute: false,
    msPlayed: 90_000,
    brokenOff: false,
    trackUri: 'spotify:track:4cOdK2wGLETKBW3PvgPWqT',
    track: 'Lantern 7',
    artist: 'Moss Choir',
    album: 'Paper',
  };

  it('is read as the stream that it was', () => {
    expect(readBack(play)).toEqual(stream);
    expect(readBack({ ...play, brokenOff: true })).toEqual({ ...stream, brokenOff: true });
  });

  it('says no seconds where nobody knows them', () => {
    const playedAt = new Date('2025-03-01T20:15:00.000Z');
    expect(readBack({ ...play, playedAt, wholeMinute: true })).toEqual({
      ...stream,
      endedAt: playedAt,
      wholeMinute: true,
    });
  });

  it('is read with names alone, and with an id alone', () => {
    expect(readBack({ ...play, spotifyId: null })).toEqual({ ...stream, trackUri: null });
    expect(readBack({ ...play, ...unnamed })).toEqual({ ...stream, track: null, artist: null, album: null });
  });

  it('has the length of the track where an API told the play, and is none where that is not known', () => {
    expect(readBack({ ...play, msPlayed: null })).toEqual({ ...stream, msPlayed: 212_000 });
    expect(streamRow({ ...play, msPlayed: null, lengthMs: null })).toBeUndefined();
  });
});
