import { events } from '@undertone/contracts/events';
import { jobs } from '@undertone/contracts/jobs/registry';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { schemaOf, versionsOf } from '../generate/event-subjects.ts';
import { type Fixture, fixturesOf, payloadFixturesOf, readFixtures, readLock } from '../generate/fixtures.ts';
import { declaredEvents } from './declared.ts';
import { fieldsIn, pathsIn } from './shown-fields.ts';

const fixtures = readFixtures();
const versions = events.flatMap((event) => versionsOf(event).map((version) => ({ event, version })));
const cases = versions.flatMap(({ event, version }) =>
  fixturesOf(fixtures, event, version).map((fixture) => ({ event, version, fixture, path: fixture.path })),
);
const payloads = jobs.flatMap((job) =>
  payloadFixturesOf(fixtures, job).map((fixture) => ({ job, fixture, path: fixture.path })),
);

it('names every declared event in events.ts, once', async () => {
  const types = events.map(({ type }) => type);
  expect(new Set(types).size).toBe(types.length);
  expect([...types].sort()).toEqual((await declaredEvents()).map(({ type }) => type).sort());
});

describe('every version of every event', () => {
  it.each(versions.map((of) => ({ ...of, name: `${of.event.type}.v${of.version}` })))(
    '$name has a fixture, and its fixtures show every field',
    ({ event, version }) => {
      const found = fixturesOf(fixtures, event, version);
      expect(found, `add src/${event.context}/fixtures/${event.name}.v${version}.json`).not.toEqual([]);
      expect(fieldsNotShown(schemaOf(event, version), found)).toEqual([]);
    },
  );
});

describe('every job', () => {
  it.each(jobs)(
    '$type has a payload as a fixture, and its fixtures show every field',
    ({ type, payload }) => {
      const found = payloadFixturesOf(fixtures, { type });
      expect(found, `add src/jobs/fixtures/${type}.payload.json`).not.toEqual([]);
      expect(fieldsNotShown(payload, found), `add src/jobs/fixtures/${type}.payload.<what>.json`).toEqual([]);
    },
  );
});

describe('every fixture', () => {
  it.each(cases)('$path is read as the newest version', ({ event, version, fixture }) => {
    const read = event.read({ id: 'fixture', type: event.type, version, data: fixture.data });
    expect(read).toBeDefined();
    expect(event.schema.parse(read)).toEqual(read);
    // A field that reading drops is a misspelt one: the fixture is written to its own version's schema.
    expect(schemaOf(event, version).parse(fixture.data)).toEqual(fixture.data);
  });

  it.each(payloads)('$path is read as today’s payload, whole', ({ job, fixture }) => {
    const read = job.payload.safeParse(fixture.data);
    const refused = `a job of an older release would fail: make the change an optional field, or another job type`;
    expect(read.error?.issues ?? [], refused).toEqual([]);
    // Defaults may be added to it; a field that reading drops or changes is lost to the worker.
    expect(read.data).toMatchObject(fixture.data as object);
  });

  it('belongs to a version of an event, or to a job', () => {
    const known = new Set([...cases, ...payloads].map(({ path }) => path));
    expect(fixtures.map(({ path }) => path).filter((path) => !known.has(path))).toEqual([]);
  });
});

describe('a released fixture', () => {
  const lock = readLock();
  const hashes = Object.fromEntries(fixtures.map(({ path, sha256 }) => [path, sha256]));

  it.each(Object.entries(lock))('%s is as it was released', (path, sha256) => {
    expect(hashes[path], 'a released fixture is never edited or removed; add another').toBe(sha256);
  });

  it('is in the lock', () => {
    const unlocked = Object.keys(hashes).filter((path) => !(path in lock));
    expect(unlocked, 'run: pnpm --filter @undertone/contracts run fixtures:lock').toEqual([]);
  });
});

const fieldsNotShown = (schema: z.ZodType, shownBy: readonly Fixture[]): string[] => {
  const shown = new Set(shownBy.flatMap(({ data }) => pathsIn(data)));
  return fieldsIn(schema).filter((field) => !shown.has(field));
};
