const ENDINGS =
  'com|org|net|io|co|app|dev|info|me|ly|gg|xyz|uk|us|eu|de|fr|ru|cn|ai|tv|fm|to|link|site|online|shop|page|click';

const FORBIDDEN: readonly [what: string, pattern: RegExp][] = [
  ['a link', /\b[a-z][a-z0-9+.-]*:\/\/\S*|\b(?:mailto|javascript|data|vbscript|file|tel):\S+|\bwww\.\S+/giu],
  ['a link', new RegExp(String.raw`\b(?:[a-z0-9-]+\.)+(?:${ENDINGS})\b(?:\/\S*)?`, 'giu')],
  ['an address', /\S+@\S+\.\S+|(?<![\p{L}\p{N}])@[a-z0-9_]{2,}/giu],
  ['markup', /<\/?[a-z!?][^>\n]*>?|&(?:#x?[\da-f]+|[a-z]{2,8});/giu],
  ['markup', /!?\[[^\]\n]*\] ?[([][^\n)\]]*[)\]]?|^\[[^\]\n]+\]: ?\S+/gmu],
  ['markup', /\*\*|__|~~|`+|^#{1,6} |^>+ |^\|.*\|$|^-{3,}$/gmu],
  ['a placeholder', /[{}]/gu],
  // A joiner within an emoji is part of how it is written.
  ['a hidden character', /(?<!\p{Extended_Pictographic}\ufe0f?)\p{Cf}|[\p{Co}\p{Cs}\p{Cn}\p{Zl}\p{Zp}]/gu],
  ['a control character', /(?!\n)\p{Cc}/gu],
];

/** A character that cannot be seen, or would be taken for something else, by its number. */
const visible = (said: string): string =>
  said.replace(
    /[\p{C}\p{Zl}\p{Zp}]/gu,
    (one) => `U+${(one.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`,
  );

/**
 * What a text must not have, since readers get plain text: links, addresses, markup, placeholders, and characters that
 * are hidden or change the direction of others. Each is named with what it is.
 */
export const markupIn = (text: string): string[] =>
  FORBIDDEN.flatMap(([what, pattern]) =>
    [...text.matchAll(pattern)].map(([said]) => `${what} (${visible(said.slice(0, 60))})`),
  );
