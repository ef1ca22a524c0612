import { InsightGenerated } from '@undertone/contracts/insight/insight-generated';
import { JobFailed } from '@undertone/contracts/jobs/job';
import { ListeningIngested } from '@undertone/contracts/listening/listening-ingested';
import { describe, expect, it } from 'vitest';
import { fixturesOf, readFixtures } from '../generate/fixtures.ts';

const fixtures = readFixtures();

describe.each([
  [InsightGenerated, ['prompt_version', 'prompt_hash', 'llm_model', 'provider_request_id']],
  [ListeningIngested, ['top_tracks.0', 'top_artists.0', 'plays.0.track_id']],
  [JobFailed, ['job_type', 'problem.code']],
] as const)('$name', (event, fields) => {
  it.each(fields)('has no %s that is longer than its column', (field) => {
    expect(accepts(event, field, 'x'.repeat(255))).toBe(true);
    expect(accepts(event, field, 'x'.repeat(256))).toBe(false);
  });
});

describe.each([
  [
    InsightGenerated,
    [
      'content',
      'structured_output.title',
      'structured_output.body',
      'structured_output.highlights.0.text',
      'structured_output.tips.0',
      'provider_request_id',
    ],
  ],
  [JobFailed, ['problem.message']],
] as const)('$name', (event, fields) => {
  it.each(fields)('has no NUL in its %s', (field) => {
    expect(accepts(event, field, 'a line\nand another')).toBe(true);
    expect(accepts(event, field, 'a\0b')).toBe(false);
  });
});

/** Whether the event would be one with this value in that field of its fixture. */
function accepts(
  event: typeof InsightGenerated | typeof ListeningIngested | typeof JobFailed,
  field: string,
  value: string,
): boolean {
  const data = structuredClone(fixturesOf(fixtures, event, 1)[0]?.data) as Record<string, never>;
  const path = field.split('.');
  const last = path.pop() as string;
  const at = path.reduce<Record<string, unknown>>((inside, key) => inside[key] as never, data);
  expect(at).toHaveProperty(last);
  at[last] = value;
  return event.schema.safeParse(data).success;
}
