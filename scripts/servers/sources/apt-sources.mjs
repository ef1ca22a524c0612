import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * @typedef {object} AptSource one archive the machine is set up to use
 * @property {string} uri
 * @property {string} suite
 * @property {string[]} components
 * @property {string | undefined} signedBy a keyring's path or an inline key
 */

/**
 * Reads the machine's apt sources in both of their formats.
 *
 * @param {string} [etc]
 * @returns {AptSource[]}
 */
export function readAptSources(etc = '/etc/apt') {
  const parts = listFolder(join(etc, 'sources.list.d')).map((name) => join(etc, 'sources.list.d', name));
  return [join(etc, 'sources.list'), ...parts].flatMap((file) => {
    const text = readText(file);
    if (file.endsWith('.sources')) {
      return parseStanzas(text);
    }
    return file.endsWith('.list') ? parseLines(text) : [];
  });
}

/**
 * The format of `*.sources`: stanzas of fields, where a line that begins with a space continues the field before.
 *
 * @param {string} text
 * @returns {AptSource[]}
 */
function parseStanzas(text) {
  const stanzas = text
    .replace(/^#.*\n/gm, '')
    .replace(/\n[ \t]+/g, '\n ')
    .split(/\n{2,}/);
  return stanzas.flatMap((stanza) => {
    /** @param {string} name */
    const field = (name) =>
      new RegExp(`^${name}:((?:.*)(?:\\n .*)*)`, 'im').exec(`${stanza}\n`)?.[1]?.trim() ?? '';
    const words = (/** @type {string} */ name) => field(name).split(/\s+/).filter(Boolean);
    if (!words('Types').includes('deb') || field('Enabled').toLowerCase() === 'no') {
      return [];
    }
    const signedBy = field('Signed-By') || undefined;
    return words('URIs').flatMap((uri) =>
      words('Suites').map((suite) => ({ uri, suite, components: words('Components'), signedBy })),
    );
  });
}

/**
 * The format of `sources.list`: `deb [options] uri suite components`.
 *
 * @param {string} text
 * @returns {AptSource[]}
 */
function parseLines(text) {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s*([^#]*)/.exec(line);
    if (match?.[2] === undefined || match[3] === undefined) {
      return [];
    }
    const signedBy = /signed-by=(\S+)/.exec(match[1] ?? '')?.[1];
    const components = (match[4] ?? '').split(/\s+/).filter(Boolean);
    return [{ uri: match[2], suite: match[3], components, signedBy }];
  });
}

/** @param {string} file */
function readText(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** @param {string} folder */
function listFolder(folder) {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}
