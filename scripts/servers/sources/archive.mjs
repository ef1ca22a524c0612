import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { toolchainDirectory } from '../../clone-paths.mjs';
import { messageOf } from '../../explained-error.mjs';
import { withLock } from '../../processes/lock.mjs';
import { runQuietly } from '../../processes/run-quietly.mjs';
import { readAptSources } from './apt-sources.mjs';
import { AptSuite } from './apt-suite.mjs';
import { Unavailable } from './unavailable.mjs';
import { isAtLeast } from './versions.mjs';

/**
 * @typedef {object} Unpacked a package of the archive, unpacked below the toolchain
 * @property {string} program '' for a package that is a library alone
 * @property {string} libraryPath for LD_LIBRARY_PATH, '' where the machine's own libraries do
 * @property {string} version
 * @property {string} suite
 */

/** What every machine has, or what only matters to an installation. libc never mixes with another's. */
const NOT_FETCHED =
  /^(libc6|libgcc-s1|adduser|lsb-base|init-system-helpers|sysvinit-utils|debconf.*|dpkg|passwd)$/;

/**
 * Takes a program from the archive that this Debian or Ubuntu machine is set up for, from its own suite where that is
 * new enough, else from a newer one, without installing anything: the packages are unpacked below `.undertone`.
 *
 * @param {object} wanted
 * @param {string} wanted.name of the package
 * @param {string} wanted.program its path in the package, '' where a library is wanted
 * @param {string} [wanted.minimum]
 * @param {(text: string) => void} wanted.log
 * @returns {Promise<Unpacked>}
 * @throws {Unavailable}
 */
export async function fromArchive({ name, program, minimum = '0', log }) {
  const target = join(toolchainDirectory, 'archive', name);
  return (
    readUnpacked(target) ??
    // One lock for all packages: they share the suites' lists.
    withLock(
      join(toolchainDirectory, 'archive.lock'),
      async () => readUnpacked(target) ?? (await fetchPackage()),
    )
  );

  async function fetchPackage() {
    const reasons = [];
    for (const suite of await suites()) {
      try {
        return await takeFrom(suite);
      } catch (error) {
        reasons.push(messageOf(error));
      }
    }
    throw new Unavailable(reasons.join('; '), { notable: true });
  }

  /** @param {AptSuite} suite */
  async function takeFrom(suite) {
    await suite.open();
    const described = await suite.describe(name);
    if (described === undefined || !isAtLeast(described.version, minimum)) {
      const found = described === undefined ? 'nothing' : described.version;
      throw new Unavailable(`${suite.name} has ${found} where ${name} ${minimum} is needed`);
    }
    log(`unpacking ${name} ${described.version} of ${suite.name} into .undertone`);
    const fresh = `${target}.new`;
    await rm(fresh, { recursive: true, force: true });
    await mkdir(fresh, { recursive: true });
    let wave = [name];
    const unpacked = new Set(wave);
    for (let depth = 0; depth < 4 && wave.length > 0; depth++) {
      await suite.unpack(wave, fresh);
      const problem = await whyNot(fresh, program);
      if (problem === undefined) {
        const result = { program, version: described.version, suite: suite.name };
        await writeFile(join(fresh, 'unpacked.json'), JSON.stringify(result));
        await rm(target, { recursive: true, force: true });
        await rename(fresh, target);
        return /** @type {Unpacked} */ (readUnpacked(target));
      }
      if (/GLIBC/.test(problem)) {
        throw new Unavailable(
          `${name} ${described.version} of ${suite.name} needs a newer libc than this machine's`,
        );
      }
      const needed = await Promise.all(wave.map((one) => suite.describe(one)));
      wave = [...new Set(needed.flatMap((one) => one?.dependencies ?? []))].filter(
        (one) => !unpacked.has(one) && !NOT_FETCHED.test(one),
      );
      for (const one of wave) {
        unpacked.add(one);
      }
    }
    throw new Unavailable(`${name} of ${suite.name} does not run here: ${await whyNot(fresh, program)}`);
  }
}

/**
 * Why the unpacked program does not run yet; most often a library that belongs to a package not fetched so far.
 *
 * @param {string} root
 * @param {string} program
 */
async function whyNot(root, program) {
  if (program === '') {
    return undefined;
  }
  const { code, stderr } = await runQuietly(join(root, program), ['--version'], {
    env: { ...process.env, LD_LIBRARY_PATH: libraryPath(root) },
  });
  return code === 0 ? undefined : (stderr.trim().split('\n')[0] ?? '').replaceAll(`${root}/`, '');
}

/** @param {string} root */
function libraryPath(root) {
  const folders = ['lib', 'usr/lib'].flatMap((lib) => {
    const folder = join(root, lib);
    const inside = existsSync(folder) ? readdirSync(folder).filter((one) => one.includes('-linux-')) : [];
    return [...inside.map((one) => join(folder, one)), ...(existsSync(folder) ? [folder] : [])];
  });
  return folders.join(':');
}

/**
 * @param {string} target
 * @returns {Unpacked | undefined}
 */
function readUnpacked(target) {
  try {
    const { program, version, suite } = JSON.parse(readFileSync(join(target, 'unpacked.json'), 'utf8'));
    return {
      program: program && join(target, program),
      version,
      suite,
      libraryPath: libraryPath(target),
    };
  } catch {
    return undefined;
  }
}

/**
 * The machine's own suite with its updates, then the newer ones under the names that every mirror has.
 *
 * @returns {Promise<AptSuite[]>}
 */
async function suites() {
  const { ID: id, VERSION_CODENAME: codename } = osRelease();
  const hasApt = (await runQuietly('apt-get', ['--version'])).code === 0;
  const sources = hasApt ? readAptSources() : [];
  const own = sources.filter(({ suite }) => suite === codename || suite.startsWith(`${codename}-`));
  const base = own.find(({ suite, components }) => suite === codename && components.includes('main'));
  if (codename === undefined || base === undefined) {
    throw new Unavailable('not a Debian or Ubuntu machine with an archive in its apt sources');
  }
  const newer = id === 'ubuntu' ? ['devel'] : ['stable', 'testing', 'unstable'];
  const directory = join(toolchainDirectory, 'archive', 'suites');
  return [
    new AptSuite(codename, own, directory),
    ...newer.map((suite) => new AptSuite(suite, [{ ...base, suite }], directory)),
  ];
}

/** @returns {Record<string, string>} */
function osRelease() {
  try {
    const lines = readFileSync('/etc/os-release', 'utf8').split('\n');
    return Object.fromEntries(
      lines.map((line) => [line.split('=')[0], line.split('=')[1]?.replaceAll('"', '')]),
    );
  } catch {
    return {};
  }
}
