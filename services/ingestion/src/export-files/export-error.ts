import { PermanentJobError } from '@undertone/platform/jobs/job-errors';

/** The archive, or a file in it, is damaged or not what it says; `what` names the file. */
export const broken = (what: string, cause?: unknown): PermanentJobError =>
  new PermanentJobError('ARCHIVE_BROKEN', `${what}; nothing of it was kept, download the export again`, {
    cause,
  });

/** More entries, bytes, rows or expansion than the settings allow. */
export const tooLarge = (what: string): PermanentJobError => new PermanentJobError('ARCHIVE_TOO_LARGE', what);

/** Nobody's export has such a thing in it: names that lead elsewhere, archives in archives in archives, overlaps. */
export const unsafe = (what: string): PermanentJobError => new PermanentJobError('ARCHIVE_UNSAFE', what);

/** A kind of archive that is not read: encrypted, or compressed in a way that exports are not. */
export const unsupported = (what: string): PermanentJobError =>
  new PermanentJobError('ARCHIVE_UNSUPPORTED', what);

/** Readable perhaps, but no listening history. */
export const notAnExport = (what: string): PermanentJobError =>
  new PermanentJobError(
    'NOT_AN_EXPORT',
    `${what}; upload the zip file that Spotify sent, or one of its JSON files`,
  );

/** The object to import is gone or has changed since it was uploaded. */
export const uploadMissing = (cause: unknown): PermanentJobError =>
  new PermanentJobError('UPLOAD_MISSING', 'the upload is no longer there: upload the export again', {
    cause,
  });
