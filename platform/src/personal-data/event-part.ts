import type { RecordedEvent } from '@undertone/contracts/event';
import type { Aggregate } from '@undertone/contracts/subjects';
import type { EventStore } from '../event-store/event-store.js';
import { type ExportPart, filePart, lines } from './export-part.js';

const EVENTS = 250;

/** The events of a person's aggregate, one a line, oldest first. */
export const eventPart = (
  store: EventStore,
  file: string,
  aggregateOf: (userId: string) => Aggregate,
): ExportPart =>
  filePart(
    file,
    lines,
    async (userId, after, limit) => {
      const { stream, filter } = aggregateOf(userId);
      const events = await store.readSome(stream, filter, Number(after ?? 0), limit);
      return events.map((event) => ({ text: eventLine(event), key: String(event.sequence) }));
    },
    EVENTS,
  );

/** An event as a line of an export. */
export const eventLine = ({ id, type, version, time, subject, sequence, data }: RecordedEvent): string =>
  `${JSON.stringify({ id, type: `${type}.v${version}`, time, subject, sequence, data })}\n`;
