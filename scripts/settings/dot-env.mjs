import { readFileSync } from 'node:fs';

/**
 * Reads a `.env` file: `NAME=value` a line, `#` comments, an optional `export`, quotes around a value. Nothing is
 * expanded, and a name without a value is as if it were not there. Written here because the script also runs on Node 18, which cannot.
 *
 * @param {string} file
 * @returns {Record<string, string>} empty where there is no such file
 */
export function readDotEnv(file) {
  let text;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return {};
  }
  /** @type {Record<string, string>} */
  const values = {};
  for (const line of text.split(/\r?\n/)) {
    const match = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*$/.exec(line);
    const [, name, written] = match ?? [];
    const value = unquote(written ?? '');
    if (name !== undefined && value !== '') {
      values[name] = value;
    }
  }
  return values;
}

/** @param {string} value */
function unquote(value) {
  const quoted = /^(["'])(.*)\1(?:\s+#.*)?$/.exec(value);
  return quoted?.[2] ?? value.replace(/(^|\s)#.*$/, '').trim();
}
