import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ExplainedError } from '../explained-error.mjs';
import { runQuietly } from './run-quietly.mjs';

/**
 * Installs packages with the machine's own npm, so that its settings (registry, proxy, certificates) hold. Install
 * scripts are left out: what they would do is done here where it matters, and some machines forbid them.
 *
 * @param {string} directory gets a `node_modules`
 * @param {string[]} packages as `name@version`
 */
export async function npmInstall(directory, packages) {
  await mkdir(directory, { recursive: true });
  const manifest = join(directory, 'package.json');
  if (!existsSync(manifest)) {
    await writeFile(manifest, '{ "private": true }\n');
  }
  const [command, ...first] = npmCommand();
  const args = [
    'install',
    '--ignore-scripts',
    '--include=optional',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ];
  const { code, stderr, stdout } = await runQuietly(command, [...first, ...args, ...packages], {
    cwd: directory,
    env: /** @type {NodeJS.ProcessEnv} */ (withoutNpmRun(process.env)),
    shell: command === 'npm.cmd',
  });
  if (code !== 0) {
    throw new ExplainedError(
      `npm could not install ${packages.join(' ')}:\n${(stderr || stdout).trim().split('\n').slice(0, 12).join('\n')}\n` +
        'Check that the npm registry can be reached (npm ping), then try again.',
    );
  }
}

/** @returns {[string, ...string[]]} */
function npmCommand() {
  const fromRun = process.env.npm_execpath;
  if (fromRun !== undefined && /^npm-cli\.c?js$/.test(basename(fromRun)) && existsSync(fromRun)) {
    return [process.execPath, fromRun];
  }
  const besideNode = join(dirname(process.execPath), process.platform === 'win32' ? 'npm.cmd' : 'npm');
  return [process.platform === 'win32' ? 'npm.cmd' : existsSync(besideNode) ? besideNode : 'npm'];
}

/**
 * The environment without what `npm start` put in about itself: a package manager below it would take the outer
 * command's folder and prefix for its own. Settings such as the registry stay.
 *
 * @param {Record<string, string | undefined>} env
 * @returns {Record<string, string | undefined>}
 */
export function withoutNpmRun(env) {
  const ofThisRun =
    /^(npm_(package|lifecycle|command|execpath|node_execpath)|npm_config_(local_prefix|global_prefix|prefix|user_agent|node_gyp|init_module|npm_version)$|INIT_CWD$)/i;
  return Object.fromEntries(Object.entries(env).filter(([name]) => !ofThisRun.test(name)));
}
