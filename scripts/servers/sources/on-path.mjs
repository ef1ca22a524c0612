import { accessSync, constants, readdirSync, realpathSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { runQuietly } from '../../processes/run-quietly.mjs';
import { Unavailable } from './unavailable.mjs';
import { isAtLeast, MINIMUM, versionIn } from './versions.mjs';

/**
 * The newest-enough program of that name on the PATH or where installers put it.
 *
 * @param {'postgres' | 'redis' | 'nats'} server
 * @param {string} program
 * @param {string[]} [elsewhere] folders beside the PATH
 * @returns {Promise<{ program: string, version: string }>} the program's real path
 * @throws {Unavailable}
 */
export async function findOnPath(server, program, elsewhere = []) {
  const tooOld = [];
  for (const found of candidates(program, elsewhere)) {
    const { code, stdout, stderr } = await runQuietly(found, ['--version']);
    const version = versionIn(stdout.split('\n')[0] ?? '');
    if (code !== 0 || version === undefined) {
      tooOld.push(`${found} does not run: ${(stderr || stdout).trim().split('\n')[0]}`);
    } else if (isAtLeast(version, MINIMUM[server])) {
      return { program: found, version };
    } else {
      tooOld.push(`${found} is ${version}, older than ${MINIMUM[server]}`);
    }
  }
  throw tooOld.length > 0
    ? new Unavailable(tooOld.join('; '), { notable: true })
    : new Unavailable(`no ${program} on the PATH`);
}

/**
 * @param {string} program
 * @param {string[]} elsewhere
 */
function candidates(program, elsewhere) {
  const file = process.platform === 'win32' ? `${program}.exe` : program;
  const folders = [...(process.env.PATH ?? '').split(delimiter).filter(Boolean), ...elsewhere];
  const found = folders.flatMap((folder) => {
    try {
      const path = join(folder, file);
      accessSync(path, constants.X_OK);
      return [realpathSync(path)];
    } catch {
      return [];
    }
  });
  return [...new Set(found)];
}

/**
 * The folders of Postgres versions that are installed without being on the PATH, newest first.
 *
 * @returns {string[]}
 */
export function postgresFolders() {
  const parents = ['/usr/lib/postgresql', 'C:\\Program Files\\PostgreSQL'];
  const versions = parents.flatMap((parent) => {
    try {
      return readdirSync(parent).map((version) => ({ version, folder: join(parent, version, 'bin') }));
    } catch {
      return [];
    }
  });
  const brewed = ['/opt/homebrew/opt', '/usr/local/opt'].map((prefix) =>
    join(prefix, 'postgresql@18', 'bin'),
  );
  return [
    ...versions.sort((a, b) => Number(b.version) - Number(a.version)).map(({ folder }) => folder),
    ...brewed,
  ];
}
