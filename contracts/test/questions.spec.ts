import { questions } from '@undertone/contracts/questions';
import type { RouteDefinition } from '@undertone/contracts/rest/route';
import { routes } from '@undertone/contracts/rest/routes';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

const READS = /\.(list|count|get|compare|report|newest)-|\.(user-exists|linked-users|health)$/;

describe('a question', () => {
  // What is not said to change anything is asked twice where no answer comes, and answered by several replicas.
  it.each(questions.map(({ subject, isWrite }) => [subject, isWrite]))(
    '%s: a write is %s',
    (subject, isWrite) => {
      expect(READS.test(String(subject))).toBe(!isWrite);
    },
  );

  it('takes no day and no moment that Postgres has not', () => {
    const found = [...questions, ...Object.values<RouteDefinition>(routes)].flatMap(({ input, ...asked }) => {
      const odd = new Map<string, boolean>();
      z.toJSONSchema(input, {
        io: 'input',
        unrepresentable: 'any',
        // A field is looked at more than once: with and without what was added to its schema.
        override: ({ zodSchema, jsonSchema: { format = '' }, path }) => {
          const value = beforeTime[format];
          const field = path.join('.');
          if (value) odd.set(field, odd.get(field) !== false && z.safeParse(zodSchema, value).success);
        },
      });
      const taken = [...odd].filter(([, isTaken]) => isTaken);
      return taken.map(([field]) => `${'subject' in asked ? asked.subject : asked.path} ${field}`);
    });
    expect(found).toEqual([]);
  });

  it('is answered with lists that do not grow with the age of an installation', () => {
    const found = questions.flatMap(({ subject, output }) =>
      unbounded(z.toJSONSchema(output, { io: 'input', reused: 'inline' }))
        .filter((path) => !((path.split('.').at(-1) ?? '') in bounded))
        .map((path) => `${subject}${path}`),
    );
    expect(found).toEqual([]);
  });
});

/** Of each format, what Postgres knows nothing of. */
const beforeTime: Readonly<Record<string, string>> = {
  date: '0000-01-01',
  'date-time': '0000-01-01T00:00:00.000Z',
};

/** The lists without a limit in their schema, by the last part of their path, and what bounds each. */
const bounded: Readonly<Record<string, string>> = {
  'items[]': 'a page ends after its limit, or where it has as many bytes as fit into an answer',
  'versions[]': 'a page, too',
  'rows[]': 'as many as fit into an answer',
  'pieces[]': 'as many as fit into an answer, too',
  'user_ids[]': 'as many as the question allows, or names',
  'newest[]': 'as many as the question names',
  'keys[]': 'the keys of a service',
  'lanes[]': 'those of all queues',
  'jobs[]': 'as many as a replica has slots',
  'projections[]': 'the read models of a service',
  'streams[]': 'those of the system',
  'slowest[]': 'ten',
  'rebuilds[]': 'the read models of a service',
  'tables[]': 'the tables of a read model, or of a service',
  'prompts[]': 'one a type of insight',
  'schedules[]': 'one a name',
  'calendars[]': 'the time zones that there are, with the days of a week',
  'models[]': 'the models in the settings',
  'order[]': 'the models in the settings',
  'fallbacks[]': 'the models that were asked',
  'llm_models[]': 'names of models',
  'prompt_versions[]': 'names of versions',
  'warnings[]': 'the kinds of warnings',
  'failures[]': 'the first hundred',
  'pairs[]': 'ten',
  'files[]': 'IMPORT_MAX_ENTRIES',
  'scopes[]': 'those of one grant',
  'mismatches[]': 'the kinds of mismatches',
  'top_artists[]': 'fifty',
  'entered[]': 'the artists of one snapshot',
  'left[]': 'the artists of one snapshot',
  'artists[]': 'those of one track or album',
};

type Schema = z.core.JSONSchema._JSONSchema;

/** Dotted paths of the arrays without a limit. */
function unbounded(
  schema: Schema,
  defs = definitions(schema),
  at = '',
  seen: readonly string[] = [],
): string[] {
  if (typeof schema === 'boolean') return [];
  const { $ref, properties = {}, items, anyOf = [], allOf = [], oneOf = [], maxItems } = schema;
  if ($ref !== undefined) {
    const name = $ref.replace('#/$defs/', '');
    const referred = defs[name];
    return referred === undefined || seen.includes(name)
      ? []
      : unbounded(referred, defs, at, [...seen, name]);
  }
  const inside = (part: Schema, path = at) => unbounded(part, defs, path, seen);
  return [
    ...Object.entries(properties).flatMap(([key, value]) => inside(value, `${at}.${key}`)),
    ...(items === undefined || Array.isArray(items)
      ? []
      : [...(maxItems === undefined ? [`${at}[]`] : []), ...inside(items, `${at}[]`)]),
    ...[...anyOf, ...allOf, ...oneOf].flatMap((option) => inside(option)),
  ];
}

const definitions = (schema: Schema): Readonly<Record<string, Schema>> =>
  typeof schema === 'boolean' ? {} : (schema.$defs ?? {});
