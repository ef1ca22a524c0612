import type { ImportLimits } from '../settings.js';
import { archiveMembers } from './export-archive.js';
import { notAnExport } from './export-error.js';
import type { ExportFile } from './export-file.js';
import { kindOf } from './export-file-kind.js';
import { kindByContent } from './history-rows.js';
import { shownName } from './shown-name.js';
import type { VanishingFile } from './vanishing-file.js';

const isZip = (head: Buffer): boolean => head.subarray(0, 2).toString('latin1') === 'PK';
// No text in UTF-8 has NUL in it, but one in UTF-16 does.
const isJsonArray = (head: Buffer): boolean =>
  !head.includes(0) && /^(\u{feff})?\s*\[/u.test(head.toString('utf8'));

/**
 * What is in an upload, recognised by its content and not by its name.
 * @throws {PermanentJobError} `NOT_AN_EXPORT`, or what the archive's bounds say.
 */
export async function exportFiles(
  upload: VanishingFile,
  fileName: string,
  limits: ImportLimits,
): Promise<ExportFile[]> {
  const head = await upload.head(4096);
  if (isZip(head)) {
    const members = await archiveMembers(upload, limits);
    const files = members.map((member) => ({ ...member, ...kindOf(member.name) }));
    if (files.every(({ kind }) => kind === 'not_history')) throw noHistory(files.map(({ name }) => name));
    return files;
  }
  const name = shownName(fileName);
  if (!isJsonArray(head)) {
    throw notAnExport(`"${name}" is neither a zip archive nor a JSON file with listening history`);
  }
  const read = () => upload.read();
  const { kind, music } = kindOf(fileName);
  const known = kind === 'not_history' ? await kindByContent({ name, read }) : kind;
  return [{ name, kind: known, music, size: await upload.size(), read }];
}

function noHistory(names: readonly string[]) {
  const some = names.slice(0, 5).map((name) => `"${name}"`);
  const more = names.length > some.length ? ` and ${names.length - some.length} more` : '';
  return notAnExport(
    names.length === 0
      ? 'the archive is empty'
      : `the archive has no listening history in it, only ${some.join(', ')}${more}`,
  );
}
