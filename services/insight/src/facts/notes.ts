import type { Facts } from './facts.js';
import { showDate } from './shown-numbers.js';

/**
 * Lines of the service's own that stand under a text: why no artist is named, and that a week was empty, which the templates
 * say themselves and a model may leave out.
 */
export function notesOf({ nameless, emptyWeek }: Facts, model: string): string[] {
  const empty =
    emptyWeek && model !== 'template'
      ? `No plays are known from ${showDate(emptyWeek.from)} to ${showDate(emptyWeek.to)}; this is about the snapshot.`
      : undefined;
  return [nameless, empty].filter((line) => line !== undefined);
}
