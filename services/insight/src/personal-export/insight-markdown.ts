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

/**
 * What a program may take for an address without any markup: what has a scheme, `www.`, mail, names of hosts. Backslashes do not help
 * there, since GitHub's dialect, among others, looks for addresses when it has taken them away.
 */
const ADDRESS = /:\/\/|www\.|\S@|@\S|[\p{L}\p{N}]\.\p{L}{2}/iu;

const plain = (text: string): string =>
  text
    .split(/\n\s*\n/)
    .map((paragraph) =>
      paragraph
        .trim()
        .split(/\s+/)
        .map((word) => (ADDRESS.test(word) ? code(word) : escaped(word)))
        .join(' ')
        .replace(/^([-+=])/, '\\$1')
        .replace(/^(\d+)([.)])/, '$1\\$2'),
    )
    .filter((paragraph) => paragraph !== '')
    .join('\n\n');

// CommonMark 2.4: a backslash takes the meaning from any ASCII punctuation.
const escaped = (word: string): string => word.replaceAll(/[\\`*_{}[\]<>()#|!~&$@]/g, '\\$&');

/** CommonMark 6.1: nothing in code means anything, and it ends at as many backticks as it began with. */
function code(word: string): string {
  const runs = word.match(/`+/g) ?? [];
  if (runs.length === 0) return `\`${word}\``;
  const fence = '`'.repeat(Math.max(...runs.map((run) => run.length)) + 1);
  return `${fence} ${word} ${fence}`;
}
