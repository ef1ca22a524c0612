import { MikroORM } from '@mikro-orm/postgresql';
import type { FactoryProvider } from '@nestjs/common';
import { tables } from '@undertone/contracts/personal-data/stores';
import { listeningAggregate } from '@undertone/contracts/subjects';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { EXPORT_PARTS } from '@undertone/platform/nest/export.controller';
import { OBJECT_STORAGE } from '@undertone/platform/nest/tokens';
import type { ObjectStorage } from '@undertone/platform/objects/object-storage';
import { eventPart } from '@undertone/platform/personal-data/event-part';
import {
  type ExportPart,
  type Frame,
  filePart,
  jsonArray,
  lines,
} from '@undertone/platform/personal-data/export-part';
import { tableParts } from '@undertone/platform/personal-data/table-parts';
import { type ExportedPlay, exportedPlays, keyOf } from './exported-play.js';
import { listenLine } from './listen-line.js';
import { playJson } from './play-json.js';
import { csvHead, csvLine } from './plays-csv.js';
import { skippedRowsPart } from './skipped-rows-part.js';
import { streamRow } from './stream-row.js';

/** Plays, and all else that was told of streams, have files of their own: there their tracks are named. */
const except = ['play', 'unused_telling'];

// What an API told and does not count is told by an export, too.
const toldRow = (play: ExportedPlay) =>
  play.msPlayed === null || play.isRepeated ? undefined : streamRow(play);

/** What ingestion has for a person's export. */
export const exportParts: FactoryProvider<readonly ExportPart[]> = {
  provide: EXPORT_PARTS,
  inject: [MikroORM, EventStore, OBJECT_STORAGE],
  useFactory: (orm: MikroORM, store: EventStore, storage: ObjectStorage) => {
    const written = (
      of: 'plays' | 'unused',
      file: string,
      frame: Frame,
      textOf: (play: ExportedPlay) => string | undefined,
    ) =>
      filePart(file, frame, async (userId, after, limit) => {
        const plays = await exportedPlays(orm.em.fork(), of, userId, after, limit);
        return plays.map((play) => ({ text: textOf(play), key: keyOf(play) }));
      });
    return [
      written('plays', 'plays.csv', { ...lines, head: csvHead }, csvLine),
      written('plays', 'listenbrainz.jsonl', lines, listenLine),
      written('plays', 'spotify/Streaming_History_Audio_plays.json', jsonArray, streamRow),
      written('unused', 'spotify/Streaming_History_Audio_not_counted.json', jsonArray, toldRow),
      written('plays', 'plays.json', jsonArray, playJson),
      written('unused', 'unused-tellings.json', jsonArray, playJson),
      ...tableParts(orm, tables.ingestion, { except }),
      skippedRowsPart(orm, storage),
      eventPart(store, 'events/listening.jsonl', listeningAggregate),
    ];
  },
};
