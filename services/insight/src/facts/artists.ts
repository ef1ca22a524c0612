import type { InsightText } from '@undertone/contracts/insight/insight';
import type { Snapshot } from '@undertone/contracts/listening/snapshot';
import { markupIn } from '../insight-text/markup.js';

/** An artist of a snapshot, by its place there; the name is text from outside, not to be trusted. */
export interface Artist {
  readonly rank: number;
  readonly name: string;
}

/** How many of the artists at the top are named. */
const MOST = 5;
const LONGEST = 60;
/** What stands for a name that is not known any more. */
const NAMELESS = 'an artist';

/**
 * A name as it may be shown: without characters that are hidden, break lines or change the direction of others, and not
 * longer than a name needs to be. Undefined where nothing is left, or where it would bring a link or markup along.
 */
export function shownName(name: string): string | undefined {
  const plain = name
    .normalize('NFC')
    .replace(/[\p{C}\p{Zl}\p{Zp}]/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  const shown = [...plain].slice(0, LONGEST).join('').trim();
  return [...shown].length < 2 || markupIn(shown).length > 0 ? undefined : shown;
}

/** The artists at the top of a snapshot whose names may be shown. */
export const artistsOf = ({ top_artists: artists }: Snapshot): Artist[] =>
  (artists ?? []).slice(0, MOST).flatMap(({ name }, at) => {
    const shown = name === null ? undefined : shownName(name);
    return shown === undefined ? [] : [{ rank: at + 1, name: shown }];
  });

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);

const inEveryText = (
  { title, body, highlights, tips }: InsightText,
  change: (text: string) => string,
): InsightText => ({
  title: change(title),
  body: change(body),
  highlights: highlights.map(({ metric, text }) => ({ metric, text: change(text) })),
  tips: tips.map(change),
});

/**
 * The text with `{artist_1}` where the first artist's name stands: so it is kept, because names are in no event. A name
 * of several words is found in any case of its letters, others as they are written alone.
 */
export function withoutNames(text: InsightText, artists: readonly Artist[]): InsightText {
  // Longer ones first: a name may be part of another.
  const patterns = [...artists]
    .sort((a, b) => b.name.length - a.name.length)
    .map(({ rank, name }) => {
      const flags = name.includes(' ') ? 'giu' : 'gu';
      return {
        rank,
        pattern: new RegExp(String.raw`(?<![\p{L}\p{N}])${escaped(name)}(?![\p{L}\p{N}])`, flags),
      };
    });
  return inEveryText(text, (said) =>
    patterns.reduce((rest, { rank, pattern }) => rest.replace(pattern, `{artist_${rank}}`), said),
  );
}

const PLACEHOLDER = /\{artist_(\d+)\}/g;

export const hasPlaceholders = ({ content }: { content: string }): boolean =>
  content.search(PLACEHOLDER) >= 0;

/** A stored text as people read it. */
export const named = (text: string, artists: readonly Artist[]): string =>
  text.replace(
    PLACEHOLDER,
    (_all, rank) => artists.find((one) => one.rank === Number(rank))?.name ?? NAMELESS,
  );

export const namedText = (text: InsightText, artists: readonly Artist[]): InsightText =>
  inEveryText(text, (said) => named(said, artists));

/** A text without its names, as it is judged: a word stands for each artist that was given. */
export const judged = (text: InsightText, artists: readonly Artist[]): InsightText =>
  inEveryText(text, (said) =>
    said.replace(PLACEHOLDER, (all, rank) =>
      artists.some((one) => one.rank === Number(rank)) ? NAMELESS : all,
    ),
  );
