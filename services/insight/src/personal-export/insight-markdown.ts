import type { Insight } from '@undertone/contracts/insight/insight';

/**
 * An insight as a section of Markdown. Its words may be a model's, or an artist's name: nothing in them is markup, so that a page made of
 * it has no link, picture or script that they wrote.
 */
export function insightMarkdown(insight: Insight): string {
  const { structured_output: text, created_at, insight_type, tone_mode } = insight;
  const list = (items: readonly string[]) => items.map((item) => `- ${plain(item)}`).join('\n');
  const parts = [
    `## ${created_at.slice(0, 10)} · ${insight_type.replace('_', ' ')} · ${plain(text.title)}`,
    plain(text.body),
    list(text.highlights.map((highlight) => highlight.text)),
    list(text.tips),
    `_Tone ${tone_mode}; written by ${plain(insight.llm_model)} at ${created_at}; insight \`${insight.id}\`, snapshot \`${insight.snapshot_id}\`._`,
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n\n`;
}

// CommonMark 2.4: a backslash takes the meaning from any ASCII punctuation.
const plain = (text: string): string =>
  text
    .split(/\n\s*\n/)
    .map((paragraph) =>
      paragraph
        .trim()
        .replaceAll(/\s+/g, ' ')
        .replaceAll(/[\\`*_{}[\]<>()#|!~&$@]/g, '\\$&')
        .replace(/^([-+=])/, '\\$1')
        .replace(/^(\d+)([.)])/, '$1\\$2')
        // An address is a link in many programs without any markup.
        .replaceAll('://', '\\://'),
    )
    .filter((paragraph) => paragraph !== '')
    .join('\n\n');
