import type { Insight } from '@undertone/contracts/insight/insight';
import { expect, it } from 'vitest';
import { insightMarkdown } from './insight-markdown.js';

const insight = {
  id: '0199b7c2-0000-7000-8000-000000000001',
  snapshot_id: '0199b7c2-0000-7000-8000-000000000002',
  insight_type: 'weekly_summary',
  tone_mode: 'neutral',
  llm_model: 'template',
  created_at: '2026-11-29T06:00:00.000Z',
  structured_output: {
    title: 'A calm week',
    body: 'Your music sounded calm.\n\nMost of it was slow.',
    highlights: [{ metric: 'avg_energy', text: 'Energy was 0.31' }],
    tips: ['Try a louder morning'],
  },
} as Insight;

it('is a section with its text, highlights, tips and where it comes from', () => {
  expect(insightMarkdown(insight)).toBe(`## 2026-11-29 · weekly summary · A calm week

Your music sounded calm.

Most of it was slow.

- Energy was 0.31

- Try a louder morning

_Tone neutral; written by template at 2026-11-29T06:00:00.000Z; insight \`${insight.id}\`, snapshot \`${insight.snapshot_id}\`._

`);
});

it.each([
  ['<script>alert(1)</script>', '\\<script\\>alert\\(1\\)\\</script\\>'],
  ['![x](http://evil.example/a.png)', '`![x](http://evil.example/a.png)`'],
  ['see www.evil.example', 'see `www.evil.example`'],
  ['WWW.x, said one', '`WWW.x,` said one'],
  ['evil.example', '`evil.example`'],
  ['ask me@evil.example or @me', 'ask `me@evil.example` or `@me`'],
  ['(https://evil)', '`(https://evil)`'],
  ['`<me@evil.example>``', '``` `<me@evil.example>`` ```'],
  ['R.E.M. at 0.31. And...yes @ 10', 'R.E.M. at 0.31. And...yes \\@ 10'],
  ['# not a heading', '\\# not a heading'],
  ['- not a list', '\\- not a list'],
  ['1. not a list', '1\\. not a list'],
  ['one\nline', 'one line'],
  ['&lt;b&gt;', '\\&lt;b\\&gt;'],
  ['a `code` *word* _too_ ~~gone~~ | cell', 'a \\`code\\` \\*word\\* \\_too\\_ \\~\\~gone\\~\\~ \\| cell'],
])('%j is text and no markup', (body, shown) => {
  const { structured_output: text } = insight;
  const marked = insightMarkdown({ ...insight, structured_output: { ...text, body } });
  expect(marked.split('\n\n')[1]).toBe(shown);
});

it('an empty list leaves no gap', () => {
  const { structured_output: text } = insight;
  const marked = insightMarkdown({ ...insight, structured_output: { ...text, highlights: [], tips: [] } });
  expect(marked).not.toContain('\n\n\n');
});
