import { importHistory } from '@undertone/contracts/jobs/import-history';
import type { ObjectReference } from '@undertone/contracts/object-reference';
import { IdempotencyMismatch } from '@undertone/platform/jobs/request-job';

/**
 * The task that an `Idempotency-Key` was first used for, when that was for a file of the same content. Two uploads of
 * one file are two objects, so to the log their requests differ.
 */
export function taskOfSameFile(error: unknown, upload: ObjectReference): string | undefined {
  if (!(error instanceof IdempotencyMismatch)) return undefined;
  const asked = importHistory.payload.safeParse(error.earlier?.payload);
  const same = asked.success && asked.data.upload.sha256 === upload.sha256;
  return same ? error.earlier?.jobId : undefined;
}
