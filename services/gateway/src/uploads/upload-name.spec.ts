import { expect, it } from 'vitest';
import { uploadName } from './upload-name.js';

it.each([
  ['my_spotify_data.zip', 'my_spotify_data.zip'],
  ['../../etc/passwd', 'passwd'],
  ['C:\\Users\\ada\\export.zip', 'export.zip'],
  ['Größe 漢字 🎧.json', 'Größe 漢字 🎧.json'],
  ['a\u0000b\r\nc\u202e.zip', 'abc.zip'],
  ['  spaced .zip ', 'spaced .zip'],
  ['', 'upload'],
  [undefined, 'upload'],
  ['..', 'upload'],
  ['folder/', 'upload'],
  [`${'x'.repeat(300)}.zip`, `${'x'.repeat(251)}.zip`],
  [`${'x'.repeat(250)}🎧🎧.zip`, `${'x'.repeat(250)}.zip`],
  ['y'.repeat(300), 'y'.repeat(255)],
])('%j is kept as %j', (given, kept) => {
  expect(uploadName(given)).toBe(kept);
  expect(kept.isWellFormed()).toBe(true);
});
