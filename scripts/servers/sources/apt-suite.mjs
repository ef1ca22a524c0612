import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runQuietly } from '../../processes/run-quietly.mjs';
import { Unavailable } from './unavailable.mjs';

/**
 * One suite of the archive, read with lists of its own in a folder: the machine's apt sources, lists and packages stay
 * as they are, and no rights are needed.
 */
export class AptSuite {
  /**
   * @param {string} name
   * @param {import('./apt-sources.mjs').AptSource[]} sources
   * @param {string} directory
   */
  constructor(name, sources, directory) {
    this.name = name;
    this.sources = sources;
    this.directory = join(directory, name);
  }

  /** Reads the suite's list of packages, once. */
  async open() {
    const ready = join(this.directory, 'ready');
    if (existsSync(ready)) {
      return;
    }
    for (const folder of ['lists/partial', 'cache/archives/partial', 'state', 'packages']) {
      await mkdir(join(this.directory, folder), { recursive: true });
    }
    const stanzas = this.sources.map(({ uri, suite, components, signedBy }) => {
      const key = signedBy === undefined ? '' : `Signed-By: ${signedBy.replace(/\n\s*/g, '\n ')}\n`;
      return `Types: deb\nURIs: ${uri}\nSuites: ${suite}\nComponents: ${components.join(' ')}\n${key}`;
    });
    await writeFile(join(this.directory, 'archive.sources'), stanzas.join('\n'));
    const { code, stderr } = await this.#apt('apt-get', ['update', '-qq']);
    if (code !== 0) {
      throw new Unavailable(`the archive's suite ${this.name} cannot be read: ${lastLine(stderr)}`);
    }
    await writeFile(ready, '');
  }

  /**
   * What the suite says about a package.
   *
   * @param {string} name
   * @returns {Promise<{ version: string, dependencies: string[] } | undefined>} the version without epoch
   */
  async describe(name) {
    const { code, stdout } = await this.#apt('apt-cache', ['show', '--no-all-versions', name]);
    const version = /^Version: (?:\d+:)?(\S+)/m.exec(stdout)?.[1];
    if (code !== 0 || version === undefined) {
      return undefined;
    }
    const listed = /^Depends: (.*)$/m.exec(stdout)?.[1] ?? '';
    const dependencies = listed.split(',').flatMap((part) => /^\s*([a-z0-9.+-]+)/.exec(part)?.[1] ?? []);
    return { version, dependencies };
  }

  /**
   * Downloads packages, verified by apt as any other, and unpacks them into a folder.
   *
   * @param {string[]} names
   * @param {string} target
   */
  async unpack(names, target) {
    const cwd = join(this.directory, 'packages', names[0] ?? 'none');
    await mkdir(cwd, { recursive: true });
    const { code, stderr } = await this.#apt('apt-get', ['download', '-qq', ...names], cwd);
    if (code !== 0) {
      throw new Unavailable(`${names.join(', ')} of ${this.name} cannot be downloaded: ${lastLine(stderr)}`);
    }
    const listed = await runQuietly(
      'sh',
      ['-c', 'for deb in *.deb; do dpkg-deb -x "$deb" "$1"; done', 'sh', target],
      {
        cwd,
      },
    );
    if (listed.code !== 0) {
      throw new Unavailable(
        `${names.join(', ')} of ${this.name} cannot be unpacked: ${lastLine(listed.stderr)}`,
      );
    }
  }

  /**
   * @param {string} program
   * @param {string[]} args
   * @param {string} [cwd]
   */
  #apt(program, args, cwd) {
    /** @type {Record<string, string>} */
    const options = {
      'Dir::Etc::sourcelist': join(this.directory, 'archive.sources'),
      'Dir::Etc::sourceparts': '/dev/null',
      'Dir::State': join(this.directory, 'state'),
      'Dir::State::Lists': join(this.directory, 'lists'),
      'Dir::State::status': '/var/lib/dpkg/status',
      'Dir::Cache': join(this.directory, 'cache'),
      'APT::Sandbox::User': 'root',
      'APT::Update::Post-Invoke-Success::': '',
    };
    const flags = Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
    return runQuietly(program, [...flags, ...args], { cwd, env: { ...process.env, LC_ALL: 'C.UTF-8' } });
  }
}

/** @param {string} text */
function lastLine(text) {
  return text.trim().split('\n').pop() ?? '';
}
