import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';

const folder = (version: string) => fileURLToPath(new URL(`${version}/`, import.meta.url));

/** The releases that are kept, by their versions. */
export async function keptReleases(): Promise<string[]> {
  const entries = await readdir(new URL('.', import.meta.url), { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

/** What a release left, part by part: `streams`, `database`, `redis`, `life` and `answers`. */
export async function readPart<T>(version: string, part: string): Promise<T> {
  const compressed = await readFile(`${folder(version)}${part}.json.gz`);
  return JSON.parse(gunzipSync(compressed).toString()) as T;
}

/** A line for each entry, so that `zcat` shows something to read. */
export async function writePart(version: string, part: string, content: object): Promise<void> {
  await mkdir(folder(version), { recursive: true });
  const text = `${JSON.stringify(content, undefined, 1)}\n`;
  await writeFile(`${folder(version)}${part}.json.gz`, gzipSync(text, { level: 9 }));
}
