import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineEvent, UnreadableEvent } from './event.js';

/** Version 1 knew a duration in seconds, version 2 milliseconds, version 3 names the unit. */
const SongPlayed = defineEvent({
  context: 'sample',
  name: 'song-played',
  description: 'A sample with two versions behind it.',
  schema: z.object({ song: z.string(), played: z.object({ ms: z.int() }), device: z.string().optional() }),
  older: [
    {
      schema: z.object({ song: z.string(), seconds: z.number() }),
      upcast: ({ song, seconds }: { song: string; seconds: number }) => ({ song, ms: seconds * 1000 }),
    },
    {
      schema: z.object({ song: z.string(), ms: z.int() }),
      upcast: ({ song, ms }: { song: string; ms: number }) => ({ song, played: { ms } }),
    },
  ],
});

const recorded = (version: number, data: unknown, type = 'undertone.sample.song-played') => ({
  id: '0199b2c4-0000-7000-8000-000000000001',
  type,
  version,
  data,
});

describe('defineEvent', () => {
  it('is one version above its older ones', () => {
    expect(SongPlayed.version).toBe(3);
    expect(SongPlayed.type).toBe('undertone.sample.song-played');
  });

  it.each([
    [1, { song: 'a', seconds: 2 }],
    [2, { song: 'a', ms: 2000 }],
    [3, { song: 'a', played: { ms: 2000 } }],
  ])('reads version %i as the newest', (version, data) => {
    expect(SongPlayed.read(recorded(version, data))).toEqual({ song: 'a', played: { ms: 2000 } });
  });

  it('leaves the recorded data as it was', () => {
    const data = Object.freeze({ song: 'a', seconds: 2 });
    SongPlayed.read(recorded(1, data));
    expect(data).toEqual({ song: 'a', seconds: 2 });
  });

  it('reads an added optional field without a new version, and drops one it does not know', () => {
    const data = { song: 'a', played: { ms: 1 }, device: 'radio', mood: 'calm' };
    expect(SongPlayed.read(recorded(3, data))).toEqual({ song: 'a', played: { ms: 1 }, device: 'radio' });
  });

  it('has nothing to say of another type', () => {
    expect(SongPlayed.read(recorded(1, {}, 'undertone.sample.song-skipped'))).toBeUndefined();
  });

  it.each([
    ['a version newer than this code', 4, { song: 'a', played: { ms: 1 } }],
    ['version 0', 0, { song: 'a', played: { ms: 1 } }],
    ['a version that is no number', Number.NaN, { song: 'a', played: { ms: 1 } }],
    ['the newest version, damaged', 3, { song: 'a', played: {} }],
    ['an older version, damaged', 1, { song: 'a', seconds: 'two' }],
    ['no data', 2, undefined],
    ['data of another version', 1, { song: 'a', ms: 2000 }],
    ['an older version that does not fit the next one', 1, { song: 'a', seconds: 0.0001 }],
  ])('refuses %s', (_, version, data) => {
    const read = () => SongPlayed.read(recorded(version, data));
    expect(read).toThrow(UnreadableEvent);
    expect(read).toThrow(/0199b2c4-0000-7000-8000-000000000001 \(undertone\.sample\.song-played\.v/);
  });

  it('says in plain words what is wrong', () => {
    expect(() => SongPlayed.read(recorded(3, { song: 'a', played: {} }))).toThrow(
      /cannot be read: played\.ms: Invalid input: expected number, received undefined$/,
    );
  });
});
