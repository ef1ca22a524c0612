import { events } from '@undertone/contracts/events';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { schemaOf, versionsOf } from '../generate/event-subjects.ts';
import { fixturesOf, readFixtures, readLock } from '../generate/fixtures.ts';
import { declaredEvents } from './declared.ts';

const fixtures = readFixtures();
const versions = events.flatMap((event) => versionsOf(event).map((version) => ({ event, version })));
const cases = versions.flatMap(({ event, version }) =>
  fixturesOf(fixtures, event, version).map((fixture) => ({ event, version, fixture, path: fixture.path })),
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
      const shown = new Set(found.flatMap(({ data }) => pathsIn(data)));
      const schema = z.toJSONSchema(schemaOf(event, version), { io: 'input', reused: 'inline' });
      expect(fieldsOf(schema, schema.$defs ?? {}).filter((field) => !shown.has(field))).toEqual([]);
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

  it('belongs to a version of an event', () => {
    const known = new Set(cases.map(({ path }) => path));
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

/** Dotted paths of the fields that data has; every element of an array counts as `[]`. */
function pathsIn(data: unknown, at = ''): string[] {
  if (Array.isArray(data)) return data.flatMap((item) => pathsIn(item, `${at}[]`));
  if (typeof data !== 'object' || data === null) return [];
  return Object.entries(data).flatMap(([key, value]) => [`${at}.${key}`, ...pathsIn(value, `${at}.${key}`)]);
}

/** Dotted paths of the fields that a schema names, optional ones too. */
function fieldsOf(schema: z.core.JSONSchema._JSONSchema, defs: Defs, at = ''): string[] {
  if (typeof schema === 'boolean') return [];
  const { $ref, properties = {}, items, anyOf = [], allOf = [], oneOf = [] } = schema;
  const referred = $ref === undefined ? undefined : defs[$ref.replace('#/$defs/', '')];
  return [
    ...(referred === undefined ? [] : fieldsOf(referred, defs, at)),
    ...Object.entries(properties).flatMap(([key, value]) => [
      `${at}.${key}`,
      ...fieldsOf(value, defs, `${at}.${key}`),
    ]),
    ...(items === undefined || Array.isArray(items) ? [] : fieldsOf(items, defs, `${at}[]`)),
    ...[...anyOf, ...allOf, ...oneOf].flatMap((option) => fieldsOf(option, defs, at)),
  ];
}

type Defs = Readonly<Record<string, z.core.JSONSchema._JSONSchema>>;
