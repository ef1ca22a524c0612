import type { MikroORM } from '@mikro-orm/postgresql';
import type { ObjectReference } from '@undertone/contracts/object-reference';
import { ObjectMissing, type ObjectStorage } from '@undertone/platform/objects/object-storage';
import { type ExportPart, filePart, lines } from '@undertone/platform/personal-data/export-part';
import { type PlacedSkip, skippedRowsAfter } from '../imports/skipped-rows.js';
import { ImportReport } from '../plays/import-report.entity.js';

/** Rows that are read at once: each page reads an import's object from its beginning. */
const ROWS = 5_000;

/** Which import, the place of the file in its report, and the row in that. */
type Place = readonly [importId: string, file: number, row: number];

/** Rows of a person's imports that were not kept, one a line, and why. */
export const skippedRowsPart = (orm: MikroORM, storage: ObjectStorage): ExportPart =>
  filePart(
    'import-rows.jsonl',
    lines,
    async (userId, after, limit) => {
      const [importId, file = 0, row = 0] = after === undefined ? [] : (JSON.parse(after) as Place);
      const imports = await orm.em
        .fork()
        .find(
          ImportReport,
          { userId, skippedRows: { $ne: null }, ...(importId !== undefined && { id: { $gte: importId } }) },
          { orderBy: { id: 'asc' }, disableIdentityMap: true },
        );
      const entries: { text: string; key: string }[] = [];
      for (const { id, report, skippedRows } of imports) {
        if (!skippedRows || entries.length >= limit) continue;
        const from = id === importId ? { file, row } : undefined;
        for (const skipped of await rowsOf(storage, skippedRows, from, limit - entries.length)) {
          const { file: place, ...shown } = skipped;
          const line = { import_id: id, file: report.files[place]?.name ?? '', ...shown };
          entries.push({
            text: `${JSON.stringify(line)}\n`,
            key: JSON.stringify([id, place, skipped.row] satisfies Place),
          });
        }
      }
      return entries;
    },
    ROWS,
  );

/** None, where the object is gone. */
async function rowsOf(
  storage: ObjectStorage,
  object: ObjectReference,
  after: Pick<PlacedSkip, 'file' | 'row'> | undefined,
  limit: number,
): Promise<PlacedSkip[]> {
  try {
    return await skippedRowsAfter(await storage.get(object), after, undefined, limit);
  } catch (error) {
    if (error instanceof ObjectMissing) return [];
    throw error;
  }
}
