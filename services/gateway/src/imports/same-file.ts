import { isDeepStrictEqual } from 'node:util';
import { importHistory } from '@undertone/contracts/jobs/import-history';
import { IdempotencyMismatch } from '@undertone/platform/jobs/request-job';
import type { z } from 'zod';

type Payload = z.output<typeof importHistory.payload>;

/**
 * The task that an `Idempotency-Key` was first used for, when the same was asked of a file of the same content. Two uploads of
 * one file are two objects, so to the log their requests differ.
 */
export function taskOfSameFile(error: unknown, payload: Payload): string | undefined {
  if (!(error instanceof IdempotencyMismatch)) return undefined;
  const asked = importHistory.payload.safeParse(error.earlier?.payload);
  const same = asked.success && isDeepStrictEqual(asWanted(asked.data), asWanted(payload));
  return same ? error.earlier?.jobId : undefined;
}

/** What is wanted of which content, whatever the file is called and wherever it lies. */
const asWanted = ({ upload: { key: _key, ...content }, file_name: _name, ...wanted }: Payload) => ({
  ...wanted,
  content,
});
