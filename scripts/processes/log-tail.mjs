import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/**
 * The last lines of a log, for an error that has to say why a program ended.
 *
 * @param {string} file
 * @param {number} [lines]
 */
export function logTail(file, lines = 15) {
  let handle;
  try {
    handle = openSync(file, 'r');
    const { size } = fstatSync(handle);
    const buffer = Buffer.alloc(Math.min(size, 16_384));
    readSync(handle, buffer, 0, buffer.length, size - buffer.length);
    return buffer.toString('utf8').trimEnd().split('\n').slice(-lines).join('\n');
  } catch {
    return '';
  } finally {
    if (handle !== undefined) {
      closeSync(handle);
    }
  }
}

/**
 * The same, as the end of a message: indented, with the log's path.
 *
 * @param {string} file
 * @param {number} [lines]
 */
export function logExcerpt(file, lines) {
  const tail = logTail(file, lines);
  const shown = tail === '' ? '    (it wrote nothing)' : tail.replace(/^/gm, '    ');
  return `last lines of ${file}:\n${shown}`;
}
