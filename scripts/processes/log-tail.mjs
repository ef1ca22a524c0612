import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/**
 * The last lines of a log, for an error that has to say why a program ended.
 *
 * @param {string} file
 * @param {{ lines?: number, from?: number }} [part] from: where the program's run began
 */
export function logTail(file, { lines = 15, from = 0 } = {}) {
  let handle;
  try {
    handle = openSync(file, 'r');
    const { size } = fstatSync(handle);
    const buffer = Buffer.alloc(Math.min(Math.max(size - from, 0), 16_384));
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
 * @param {{ lines?: number, from?: number }} [part]
 */
export function logExcerpt(file, part) {
  const tail = logTail(file, part);
  const shown = tail === '' ? '    (it wrote nothing)' : tail.replace(/^/gm, '    ');
  return `last lines of ${file}:\n${shown}`;
}
