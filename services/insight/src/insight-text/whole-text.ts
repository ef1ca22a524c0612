import type { InsightText } from '@undertone/contracts/insight/insight';

/** All that a reader sees of a text. */
export const wholeText = ({ title, body, highlights, tips }: InsightText): string =>
  [title, body, ...highlights.map(({ text }) => text), ...tips].join('\n');
