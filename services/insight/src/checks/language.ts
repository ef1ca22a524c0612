import { francAll } from 'franc-min';

/** Below this many characters a guess at the language is worth little. */
const ENOUGH = 70;

/** How close English must come to the best guess, of 1; music's own words are Italian often enough. */
const CLOSE = 0.85;

/**
 * What in a text is not English: letters of another script (which could also pass for Latin ones), or a sentence
 * in another language. Short sentences are judged by their script alone.
 */
export function foreignLanguage(text: string): string[] {
  const letters = [...new Set(text.match(/[^\p{Script=Latin}\p{Script=Common}\p{Script=Inherited}]/gu))];
  if (letters.length > 0) return [`letters of another script (${letters.slice(0, 5).join(' ')})`];
  const passages = text.split(/\n+|(?<=[.!?])\s+/).filter((passage) => passage.length >= ENOUGH);
  return passages.flatMap((passage) => {
    const english = francAll(passage).find(([language]) => language === 'eng')?.[1] ?? 0;
    return english < CLOSE ? [`"${passage.slice(0, 40)}…"`] : [];
  });
}
