import type { InsightText, InsightType } from '@undertone/contracts/insight/insight';

/**
 * Stands under every wellness insight, whatever it says: it is never written by a model and never triggered by a
 * number, because this is no screening.
 */
export const HELP_LINE =
  'This is about music, not health. If things feel heavy, talk to someone you trust or to a helpline; findahelpline.com lists free ones by country.';

/** The text as a person reads it. */
export function contentOf(text: InsightText, type: InsightType): string {
  const parts = [text.title, text.body];
  if (text.highlights.length > 0)
    parts.push(text.highlights.map((highlight) => `• ${highlight.text}`).join('\n'));
  if (text.tips.length > 0) parts.push(text.tips.map((tip) => `→ ${tip}`).join('\n'));
  if (type === 'wellness') parts.push(HELP_LINE);
  return parts.join('\n\n');
}
