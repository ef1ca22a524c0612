import type { InsightText } from '@undertone/contracts/insight/insight';

/**
 * The text as a person reads it; notes are the service's own, never a model's.
 * @param type.lastLine stands under all texts of the type.
 */
export function contentOf(
  text: InsightText,
  type: { readonly lastLine?: string },
  notes: readonly (string | undefined)[] = [],
): string {
  const parts = [text.title, text.body];
  if (text.highlights.length > 0)
    parts.push(text.highlights.map((highlight) => `• ${highlight.text}`).join('\n'));
  if (text.tips.length > 0) parts.push(text.tips.map((tip) => `→ ${tip}`).join('\n'));
  parts.push(...notes.filter((note) => note !== undefined));
  if (type.lastLine !== undefined) parts.push(type.lastLine);
  return parts.join('\n\n');
}
