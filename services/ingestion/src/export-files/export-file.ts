import type { ExportFileKind } from '@undertone/contracts/listening/import';
import type { NamedFile } from './export-file-kind.js';

/** A file of an export, whether it came in an archive or by itself. */
export interface ExportFile {
  readonly name: string;
  readonly kind: ExportFileKind;
  readonly holds: NamedFile['holds'];
  /** Bytes. */
  readonly size: number;
  /** It is damaged: nothing of it is read, and this says why. */
  readonly fault?: string;
  read(): AsyncIterable<Buffer>;
}
