import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { PermanentJobError } from '@undertone/platform/jobs/job-errors';
import type { ImportLimits } from '../settings.js';
import { type ArchiveMember, archiveMembers, isOtherArchiveName, isZipName } from './export-archive.js';
import { notAnExport, tooLarge, unsafe } from './export-error.js';
import type { ExportFile } from './export-file.js';
import { kindOf } from './export-file-kind.js';
import { checkRows, kindByContent } from './history-rows.js';
import { shownName } from './shown-name.js';
import { headText } from './utf8.js';
import { VanishingFile } from './vanishing-file.js';

const HEAD_BYTES = 4096;
/** As far as white space is looked past. */
const MAX_HEAD_BYTES = 1024 * 1024;

const isZip = (head: Buffer): boolean => head.subarray(0, 2).toString('latin1') === 'PK';
/** The first bytes of an archive that has something in it (APPNOTE 4.3.7). */
const isFilledZip = (head: Buffer): boolean => head.subarray(0, 4).toString('latin1') === 'PK\x03\x04';
const isBlank = (head: Buffer): boolean => headText(head)?.trim() === '';
const isJsonArray = (head: Buffer): boolean => /^\s*\[/.test(headText(head) ?? '');

/**
 * What is in an upload, recognised by its content: of an archive every member, and the members of archives in it.
 * @param opened takes the temporary files that the members are read from.
 * @throws {PermanentJobError} `NOT_AN_EXPORT`, or what the archive's bounds say, or `ARCHIVE_BROKEN` when no member can be read.
 */
export async function exportFiles(
  upload: VanishingFile,
  fileName: string,
  limits: ImportLimits,
  opened: AsyncDisposableStack,
): Promise<ExportFile[]> {
  const head = await headOf(upload);
  const name = shownName(fileName);
  if (isZip(head)) return filesOf(await allMembers(upload, limits, opened));
  if (!isJsonArray(head)) {
    throw notAnExport(`"${name}" is neither a zip archive nor a JSON file with listening history`);
  }
  const read = () => upload.read();
  const file = await known({ name, size: await upload.size(), read });
  if (file.kind === 'not_history') {
    throw notAnExport(`"${file.name}" has no listening history in it that is known`);
  }
  return [file];
}

/** What is wrong with a member costs that one alone. */
type Member = ArchiveMember & { readonly fault?: PermanentJobError };

/** The members of an archive, and in the place of an archive in it that one's. */
async function allMembers(
  upload: VanishingFile,
  limits: ImportLimits,
  opened: AsyncDisposableStack,
): Promise<Member[]> {
  const all: Member[] = [];
  let left = limits.IMPORT_MAX_EXPANDED_BYTES;
  for (const member of await archiveMembers(upload, limits)) {
    left -= member.size;
    if (!(await isArchive(member))) {
      all.push(member);
      continue;
    }
    const inner = opened.use(await VanishingFile.open());
    const within = await pipeline(Readable.from(member.read()), inner.write())
      .then(() => archiveMembers(inner, limits))
      .catch(damage);
    if (within instanceof PermanentJobError) {
      if (!COSTS_ITSELF.has(within.code)) throw within;
      all.push({ ...member, fault: within });
      continue;
    }
    for (const one of within) {
      left -= one.size;
      const name = shownName(`${member.name}/${one.name}`);
      all.push({ ...one, name, ...((await isArchive(one)) && { fault: notOpened(name) }) });
    }
    if (left < 0) throw tooLarge(`the archives in the archive expand to more than is allowed`);
    if (all.length > limits.IMPORT_MAX_ENTRIES) {
      throw tooLarge(`the archives have ${all.length} entries; ${limits.IMPORT_MAX_ENTRIES} are allowed`);
    }
  }
  return all;
}

/** What makes an archive in the archive unreadable and not dangerous. */
const COSTS_ITSELF = new Set(['ARCHIVE_BROKEN', 'ARCHIVE_UNSUPPORTED']);

const notOpened = (name: string): PermanentJobError =>
  unsafe(
    `"${name}" is an archive that was not opened: unpack it, and upload the zip files of Spotify one by one, or what is in it`,
  );

/** By its first bytes; a name counts only where they are no rows. */
async function isArchive(member: ArchiveMember): Promise<boolean> {
  const head = await headOf(member).catch(damage);
  if (head instanceof PermanentJobError) return isZipName(member.name);
  return isFilledZip(head) || (isZipName(member.name) && !isJsonArray(head));
}

async function filesOf(members: readonly Member[]): Promise<ExportFile[]> {
  const files: ExportFile[] = [];
  const faults: PermanentJobError[] = [];
  for (const member of members) {
    const file = member.fault ?? (await known(member).catch(damage));
    // Before anything of it is kept: a damaged file is left out as a whole, and the others are read.
    const fault = file instanceof PermanentJobError ? file : await checked(file);
    const named = file instanceof PermanentJobError ? { ...member, ...kindOf(member.name) } : file;
    if (fault) faults.push(fault);
    const { fault: _, ...about } = named;
    files.push(fault ? { ...about, fault: fault.message } : about);
  }
  if (!files.some(({ kind, fault }) => kind !== 'not_history' && fault === undefined)) {
    throw faults[0] ?? noHistory(files.map(({ name }) => name));
  }
  return files;
}

/** @returns what is wrong with a history file, if anything is. */
async function checked({ kind, ...file }: ExportFile): Promise<PermanentJobError | undefined> {
  if (kind === 'not_history') return undefined;
  return checkRows(file).then(() => undefined, damage);
}

function damage(error: unknown): PermanentJobError {
  if (error instanceof PermanentJobError) return error;
  throw error;
}

/**
 * A file with its kind: by its rows, or by its name where they do not say.
 * @throws {PermanentJobError} whatever its name, when its first rows cannot be read.
 */
async function known(file: ArchiveMember): Promise<ExportFile> {
  const named = { ...file, ...kindOf(file.name) };
  if (!isJsonArray(await headOf(file))) {
    if (isOtherArchiveName(file.name)) throw notOpened(file.name);
    return named;
  }
  const content = await kindByContent(file);
  return content === 'not_history' ? named : { ...named, kind: content };
}

/** The first bytes of a file, so many that something is in them. */
async function headOf(file: Pick<ArchiveMember, 'read'>): Promise<Buffer> {
  let head = Buffer.alloc(0);
  let bytes = HEAD_BYTES;
  for await (const chunk of file.read()) {
    head = Buffer.concat([head, chunk]);
    while (head.length >= bytes && bytes < MAX_HEAD_BYTES && isBlank(head.subarray(0, bytes))) bytes *= 2;
    if (head.length >= bytes) break;
  }
  return head.subarray(0, bytes);
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
