import { exportFiles } from '@undertone/contracts/personal-data/export-files';
import { type Store, tables } from '@undertone/contracts/personal-data/stores';

/** What is what in an export. @param files that are in it, in order. */
export function readme(files: readonly string[], asOf: Date): string {
  const described = Object.entries(exportFiles).flatMap(([name, about]) => {
    const own = files.filter((file) => (name.endsWith('/') ? file.startsWith(name) : file === name));
    return own.length === 0 ? [] : [`${name}\n${wrapped(about, '    ')}`];
  });
  const missing = Object.values(tables)
    .flatMap((of) => Object.entries<Store>(of))
    .flatMap(([table, { owner, exported }]) =>
      owner === 'person' && 'not' in exported ? [wrapped(`${table}: ${exported.not}.`, '    ')] : [],
    );
  return `Undertone: all that is kept of you, as of ${asOf.toISOString()}

${wrapped(
  'This archive was read while the system went on working. Whatever happened after the time above may be in it or not, and in one file and not in another.',
)}
${wrapped(
  'Files that end with .json hold one array (profile.json: one object); those that end with .jsonl one JSON object a line. Times are in UTC. Your id, which is in profile.json, is left out of the rows.',
)}
${described.join('\n')}
Not in here, of what is kept of you:

${missing.join('')}
${wrapped(
  'Secrets are not in here either: tokens of providers, passwords, keys and what sessions are known by. Nor is what the system knows of music, which is the same for everybody.',
)}`;
}

const WIDTH = 100;

function wrapped(text: string, indent = ''): string {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line === '') lines[lines.length - 1] = word;
    else if (indent.length + line.length + 1 + word.length > WIDTH) lines.push(word);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return lines.map((line) => `${indent}${line}\n`).join('');
}
