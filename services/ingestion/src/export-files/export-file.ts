import type { ExportFileKind } from '@undertone/contracts/listening/import';

/** A file of an export, whether it came in an archive or by itself. */
export interface ExportFile {
  readonly name: string;
  readonly kind: ExportFileKind;
  /** False where nothing in it is music. */
  readonly music: boolean;
  /** Bytes. */
  readonly size: number;
  read(): AsyncIterable<Buffer>;
}
