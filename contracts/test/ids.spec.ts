import { generateInsight } from '@undertone/contracts/jobs/generate-insight';
import { ingestListeningData } from '@undertone/contracts/jobs/ingest-listening-data';
import { routes } from '@undertone/contracts/rest/routes';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { declaredRpcs } from './declared.ts';

const UPPER = '0199B2C4-6F1E-7A35-9C1D-3E5F7A9B1C20';

const inputs: { name: string; input: z.ZodObject }[] = [
  ...Object.entries(routes).map(([name, { input }]) => ({ name: `route ${name}`, input })),
  ...(await declaredRpcs()).map(({ subject, input }) => ({ name: subject, input })),
  ...[generateInsight, ingestListeningData].map(({ type, payload }) => ({
    name: `job ${type}`,
    input: payload,
  })),
].map(({ name, input }) => ({ name, input: input as z.ZodObject }));

const idsOf = ({ shape }: z.ZodObject): string[] => Object.keys(shape).filter((field) => /_id$/.test(field));

describe('an id, in whatever case it comes', () => {
  const cases = inputs.flatMap(({ name, input }) =>
    idsOf(input)
      .filter((field) => field !== 'spotify_user_id')
      .map((field) => ({ name, field, schema: input.shape[field] as z.ZodType })),
  );

  it('is looked for in every input', () => {
    expect(cases.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['route getTask', 'rpc.token.access-token', 'job generate-insight']),
    );
  });

  it.each(cases)('is lower case in $name: $field', ({ schema }) => {
    expect(schema.parse(UPPER)).toBe(UPPER.toLowerCase());
  });
});
