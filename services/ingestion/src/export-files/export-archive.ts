import { pipeline, type Readable } from 'node:stream';
import { crc32, createInflateRaw } from 'node:zlib';
import { PermanentJobError } from '@undertone/platform/jobs/job-errors';
import { type Entry, fromFdPromise, getFileNameLowLevel, validateFileName, type ZipFile } from 'yauzl';
import type { ImportLimits } from '../settings.js';
import { broken, tooLarge, unsafe, unsupported } from './export-error.js';
import { shownName } from './shown-name.js';
import type { VanishingFile } from './vanishing-file.js';

/** A file in an export's archive that may be read. */
export interface ArchiveMember {
  readonly name: string;
  /** Expanded, as the archive says; reading finds out when that is a lie. */
  readonly size: number;
  /** @throws {PermanentJobError} while reading, when the data is not what the archive says. */
  read(): AsyncIterable<Buffer>;
}

const STORED = 0;
const DEFLATED = 8;
const MAX_NAME_BYTES = 250;
/** Small files of repeated rows compress well, and expand to little. */
const RATIO_FROM_BYTES = 1024 * 1024;
// The upper half of a Unix entry's attributes is its mode (Info-ZIP, appnote 4.4.15); links have 0o12 on top.
const isLink = (entry: Entry): boolean => ((entry.externalFileAttributes >>> 16) & 0o170000) === 0o120000;
/** Whether a member is an archive that is not opened, by its name; a zip in a zip is. */
export const isOtherArchiveName = (name: string): boolean =>
  /\.(7z|rar|tar|t?gz|t?bz2?|t?xz|zst|jar)$/i.test(name);

/** Whether a member is a zip by its name. */
export const isZipName = (name: string): boolean => /\.zip$/i.test(name);

/**
 * The files of a zip archive, without one byte of them expanded. Whatever an honest export has none of is refused as
 * a whole, so that nothing of a doubtful archive is kept.
 * @throws {PermanentJobError} naming the entry.
 */
export async function archiveMembers(file: VanishingFile, limits: ImportLimits): Promise<ArchiveMember[]> {
  const zip = await openZip(file);
  if (zip.entryCount > limits.IMPORT_MAX_ENTRIES) {
    throw tooLarge(`the archive has ${zip.entryCount} entries; ${limits.IMPORT_MAX_ENTRIES} are allowed`);
  }
  const entries: { entry: Entry; name: string }[] = [];
  try {
    for await (const entry of zip.eachEntry()) {
      entries.push({ entry, name: checkedName(entry, limits) });
      checkSize(entry, limits);
      if (entries.length > limits.IMPORT_MAX_ENTRIES) {
        throw tooLarge(`the archive has more than ${limits.IMPORT_MAX_ENTRIES} entries`);
      }
    }
  } catch (error) {
    throw error instanceof PermanentJobError
      ? error
      : broken(`the archive is damaged: ${reason(error)}`, error);
  }
  checkTogether(entries, limits, await file.size());
  return entries
    .filter(({ name }) => !name.endsWith('/'))
    .map(({ entry, name }) => ({
      name,
      size: entry.uncompressedSize,
      read: () => contents(zip, entry, name),
    }));
}

async function openZip(file: VanishingFile): Promise<ZipFile> {
  try {
    // Names are decoded here, so that a bad one can be told from a damaged archive.
    return await fromFdPromise(file.fd, { autoClose: false, lazyEntries: true, decodeStrings: false });
  } catch (error) {
    throw broken(`the archive is damaged or cut off: ${reason(error)}`, error);
  }
}

function checkedName(entry: Entry, limits: ImportLimits): string {
  // Windows' own packer writes backslashes, which no name may have otherwise (APPNOTE 4.4.17).
  const name = getFileNameLowLevel(
    entry.generalPurposeBitFlag,
    entry.fileNameRaw,
    entry.extraFields,
    true,
  ).replaceAll('\\', '/');
  const shown = shownName(name);
  if (name === '' || entry.fileNameRaw.length > MAX_NAME_BYTES || shown !== name) {
    throw unsafe(`the archive has an entry without a decent name: "${shown}"`);
  }
  const fault = validateFileName(name);
  if (fault) throw unsafe(`the entry "${name}" leads out of the archive`);
  const depth = name.split('/').filter((part) => part !== '').length;
  if (depth > limits.IMPORT_MAX_DEPTH) {
    throw unsafe(`the entry "${name}" is ${depth} folders deep; ${limits.IMPORT_MAX_DEPTH} are allowed`);
  }
  if (isLink(entry)) throw unsafe(`the entry "${name}" is a link`);
  return name;
}

function checkReadable(entry: Entry, name: string): void {
  if (entry.isEncrypted()) throw unsupported(`the entry "${name}" is encrypted`);
  if (entry.compressionMethod !== STORED && entry.compressionMethod !== DEFLATED) {
    throw unsupported(
      `the entry "${name}" is compressed by method ${entry.compressionMethod}, which is not read`,
    );
  }
}

function checkSize(entry: Entry, limits: ImportLimits): void {
  const name = shownName(entry.fileNameRaw.toString());
  const { uncompressedSize: size, compressedSize } = entry;
  if (size > limits.IMPORT_MAX_ENTRY_BYTES) {
    throw tooLarge(
      `the entry "${name}" expands to ${size} bytes; ${limits.IMPORT_MAX_ENTRY_BYTES} are allowed`,
    );
  }
  if (size > RATIO_FROM_BYTES && size > compressedSize * limits.IMPORT_MAX_RATIO) {
    throw tooLarge(`the entry "${name}" expands more than ${limits.IMPORT_MAX_RATIO} times`);
  }
}

function checkTogether(
  entries: readonly { entry: Entry; name: string }[],
  limits: ImportLimits,
  archiveSize: number,
): void {
  const total = entries.reduce((sum, { entry }) => sum + entry.uncompressedSize, 0);
  if (total > limits.IMPORT_MAX_EXPANDED_BYTES) {
    throw tooLarge(`the archive expands to ${total} bytes; ${limits.IMPORT_MAX_EXPANDED_BYTES} are allowed`);
  }
  const names = new Set<string>();
  for (const { name } of entries) {
    if (names.has(name)) throw unsafe(`the archive has "${name}" twice`);
    names.add(name);
  }
  // D. Fifield, "A better zip bomb" (WOOT 2019): entries that share their data, each honest by itself.
  let end = 0;
  for (const { entry, name } of entries.toSorted((a, b) => offset(a.entry) - offset(b.entry))) {
    if (offset(entry) < end) throw unsafe(`the entry "${name}" overlaps another`);
    end = offset(entry) + 30 + entry.fileNameRaw.length + entry.compressedSize;
    if (end > archiveSize) throw broken(`the entry "${name}" goes past the end of the archive`);
  }
}

const offset = (entry: Entry): number => entry.relativeOffsetOfLocalHeader;

async function* contents(zip: ZipFile, entry: Entry, name: string): AsyncGenerator<Buffer> {
  let size = 0;
  let checksum = 0;
  checkReadable(entry, name);
  try {
    const raw = await zip.openReadStreamPromise(entry, { decodeFileData: false });
    for await (const chunk of entry.compressionMethod === DEFLATED ? inflated(raw) : raw) {
      size += chunk.length;
      if (size > entry.uncompressedSize) break;
      checksum = crc32(chunk, checksum);
      yield chunk;
    }
  } catch (error) {
    if (error instanceof PermanentJobError) throw error;
    throw broken(`the entry "${name}" is damaged: ${reason(error)}`, error);
  }
  if (size !== entry.uncompressedSize) {
    const side = size > entry.uncompressedSize ? 'more' : 'less';
    throw broken(
      `the entry "${name}" has ${side} data than the ${entry.uncompressedSize} bytes it is said to have`,
    );
  }
  if (checksum !== entry.crc32) throw broken(`the entry "${name}" is damaged: its checksum is wrong`);
}

// Its errors come out of the iteration; the callback only keeps them from being nobody's.
const inflated = (raw: Readable) => pipeline(raw, createInflateRaw(), () => undefined);

const reason = (error: unknown): string => shownName(error instanceof Error ? error.message : String(error));
