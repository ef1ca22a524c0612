import { open } from 'node:fs/promises';

/** A line of the list of erasures that is kept apart from the data: one when an erasure begins, another when it is done. */
export type ErasureLine = { readonly pseudonym: string } & (
  | { readonly begun_at: string }
  | { readonly erased_at: string }
);

/** Appends a line, and waits until the disk has it. A second try may repeat the line, which changes nothing. */
export async function appendToList(path: string, line: ErasureLine): Promise<void> {
  const file = await open(path, 'a', 0o600);
  try {
    await file.appendFile(`${JSON.stringify(line)}\n`);
    await file.datasync();
  } finally {
    await file.close();
  }
}
