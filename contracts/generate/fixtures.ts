import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { EventDefinition } from '@undertone/contracts/event';
import type { JobDefinition } from '@undertone/contracts/jobs/job';

const src = fileURLToPath(new URL('../src/', import.meta.url));

/** The file of released fixtures' hashes. */
export const lockFile = fileURLToPath(new URL('../test/fixtures.lock.json', import.meta.url));

/** One frozen example of an event's data or a job's payload, as some release wrote it. */
export interface Fixture {
  /** Below `src/`: `listening/fixtures/snapshot-computed.v1.json`. */
  readonly path: string;
  readonly data: unknown;
  /** Of the data, not of the bytes: reformatting a file is not an edit. */
  readonly sha256: string;
}

/** Every fixture, by path. */
export function readFixtures(): Fixture[] {
  return globSync('*/fixtures/*.json', { cwd: src })
    .map((path) => path.replaceAll('\\', '/'))
    .sort()
    .map((path) => {
      const data: unknown = JSON.parse(readFileSync(src + path, 'utf8'));
      return { path, data, sha256: createHash('sha256').update(JSON.stringify(data)).digest('hex') };
    });
}

/**
 * An event version's fixtures: `<event>.v1.json`, and `<event>.v1.<what>.json` for data of another shape or
 * with a field that was added later.
 */
export function fixturesOf(
  fixtures: readonly Fixture[],
  event: Pick<EventDefinition, 'context' | 'name'>,
  version: number,
): Fixture[] {
  const stem = `${event.context}/fixtures/${event.name}.v${version}.`;
  return fixtures.filter(({ path }) => path.startsWith(stem));
}

/** A job's payloads: `<type>.payload.json`, and `<type>.payload.<what>.json` with a field that was added later. */
export function payloadFixturesOf(fixtures: readonly Fixture[], job: Pick<JobDefinition, 'type'>): Fixture[] {
  return fixtures.filter(({ path }) => path.startsWith(`jobs/fixtures/${job.type}.payload.`));
}

/** Hashes by path, of every fixture that was released. */
export const readLock = (): Record<string, string> =>
  JSON.parse(readFileSync(lockFile, 'utf8')) as Record<string, string>;
