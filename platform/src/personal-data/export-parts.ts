import type { ExportPage } from '@undertone/contracts/personal-data/export-pages';
import { z } from 'zod';
import { badCursor } from '../rpc/rpc-client.js';
import type { ExportPart } from './export-part.js';

/** The part, and where in it; without that, its beginning. */
const cursor = z.tuple([z.string(), z.string()]).or(z.tuple([z.string()]));

/** Some of all parts, one after the other. @throws {Refused} `BAD_CURSOR` */
export async function pagesOf(
  parts: readonly ExportPart[],
  userId: string,
  after: string | null,
): Promise<ExportPage> {
  const [name, inPart] = after === null ? [parts[0]?.name] : read(after);
  const at = parts.findIndex((part) => part.name === name);
  const part = parts[at];
  if (!part) throw badCursor();
  const { pieces, next } = await part.page(userId, inPart);
  const following = parts[at + 1];
  const place = next !== undefined ? [part.name, next] : following ? [following.name] : null;
  return { pieces: [...pieces], next: place && JSON.stringify(place), done: (at + 1) / parts.length };
}

function read(after: string): z.output<typeof cursor> {
  try {
    return cursor.parse(JSON.parse(after));
  } catch {
    throw badCursor();
  }
}
