import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * What one start adds to a server's configuration.
 *
 * @typedef {object} Extra
 * @property {Record<string, string>} [files] by name, written beside the configuration
 * @property {(folder: string) => string} [configuration] more lines of it; told where the server finds the files
 */

/**
 * Writes the files, and gives the lines.
 *
 * @param {Extra} extra
 * @param {string} directory where the files are written
 * @param {string} folder where the server sees that directory
 */
export async function addExtra({ files = {}, configuration = () => '' }, directory, folder) {
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(directory, name), text, { mode: 0o644 });
  }
  return configuration(folder);
}
