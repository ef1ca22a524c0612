import { isDeepStrictEqual } from 'node:util';
import type { RecordedEvent } from '@undertone/contracts/event';
import { covers } from '@undertone/contracts/subjects';
import type { Projection } from './projection.js';

/** What a projection's rows were built from: beside the checkpoint, because releases alternate while they are replaced. */
export interface BuiltFrom {
  /** Subjects of the events that were applied. */
  readonly filters: readonly string[];
  /** The lowest version of the handler that applied any of them. */
  readonly version: number;
  /** Events that no release could read which met them, `<type>.v<version>`, with the sequence of the first. */
  readonly skipped: Readonly<Record<string, number>>;
}

/** What a release would have applied, and the rows do not show. */
export interface MissingHistory {
  /** Stream sequence of the first event that may be missing. */
  readonly from: number;
  readonly why: string;
}

/** What a projection's rows are built from when this release alone applies events. */
export const builtBy = ({ consumer, version = 1 }: Projection): BuiltFrom => ({
  filters: consumer.filters,
  version,
  skipped: {},
});

/**
 * What a checkpoint's rows were built from. Where it does not say, a release built them that noted nothing: with the first
 * version of every handler, and all that this one's filters take.
 * @returns undefined where nothing is built yet.
 */
export const builtFromOf = (
  { sequence, builtFrom }: { readonly sequence: number; readonly builtFrom?: BuiltFrom | undefined },
  projection: Projection,
): BuiltFrom | undefined => builtFrom ?? (sequence > 0 ? { ...builtBy(projection), version: 1 } : undefined);

/**
 * Whether the rows lack events that this release would have applied: its filters or its handler take more than those that
 * built them, or it can read what was skipped. Absent: there are none.
 */
export function missingHistory(
  built: BuiltFrom | undefined,
  projection: Projection,
): MissingHistory | undefined {
  if (!built) return undefined;
  const { version = 1, consumer } = projection;
  const added = consumer.filters.filter((filter) => !built.filters.some((known) => covers(known, filter)));
  if (added.length > 0) return { from: 1, why: `events of ${added.join(', ')} were not applied before` };
  if (built.version < version) {
    return {
      from: 1,
      why: `its handler is of version ${version}, and version ${built.version} applied events`,
    };
  }
  const readable = Object.entries(built.skipped).filter(([event]) => canRead(projection, event));
  if (readable.length === 0) return undefined;
  return {
    from: Math.min(...readable.map(([, sequence]) => sequence)),
    why: `${readable.map(([event]) => event).join(', ')} could not be read by the release before`,
  };
}

/**
 * What the rows are built from once this release has applied a batch, and skipped what it could not read of it; absent: the
 * same as before.
 */
export function afterBatch(
  built: BuiltFrom | undefined,
  projection: Projection,
  skipped: readonly RecordedEvent[],
): BuiltFrom | undefined {
  const own = builtBy(projection);
  const before = built ?? own;
  const noted: Record<string, number> = { ...before.skipped };
  for (const event of skipped) noted[nameOf(event)] ??= event.sequence;
  const after = {
    filters: narrower(own.filters, before.filters),
    version: Math.min(before.version, own.version),
    skipped: noted,
  };
  return isDeepStrictEqual(after, built) ? undefined : after;
}

/** What two lists of filters both take. */
const narrower = (one: readonly string[], other: readonly string[]): string[] => [
  ...one.filter((filter) => other.some((wide) => covers(wide, filter))),
  ...other.filter((filter) => one.some((wide) => wide !== filter && covers(wide, filter))),
];

/** What the rows are built from once the events from `MissingHistory.from` on are applied again. */
export function afterReadingAgain(built: BuiltFrom | undefined, projection: Projection): BuiltFrom {
  const left = Object.entries(built?.skipped ?? {}).filter(([event]) => !canRead(projection, event));
  return { ...builtBy(projection), skipped: Object.fromEntries(left) };
}

/**
 * A batch's events that the projection can apply, and those that it has to skip, of a type or version that a newer release
 * wrote. An event outside of its filters is neither: a newer release had it delivered, and the filters tell of it.
 */
export function sorted(
  { consumer, reads }: Projection,
  events: readonly RecordedEvent[],
): { readonly readable: RecordedEvent[]; readonly skipped: RecordedEvent[] } {
  const own = events.filter(({ subject }) => consumer.filters.some((filter) => covers(filter, subject)));
  const canApply = (event: RecordedEvent) => reads?.(event) ?? true;
  return { readable: own.filter(canApply), skipped: own.filter((event) => !canApply(event)) };
}

// Whoever wrote it, the name goes into the database, which takes neither NUL nor half a character.
const nameOf = ({ type, version }: RecordedEvent): string =>
  `${type.toWellFormed().replaceAll('\0', '\ufffd')}.v${version}`;

function canRead({ reads }: Projection, name: string): boolean {
  const [, type, version] = /^(.+)\.v(\d+)$/.exec(name) ?? [];
  return type !== undefined && (reads?.({ type, version: Number(version) }) ?? true);
}
