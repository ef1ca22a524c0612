/** The sentences of a text. */
export const sentencesOf = (text: string): string[] => text.split(/(?<=[.!?])\s+|\n+/);

/** Parts of a sentence that say one thing each, as far as marks and conjunctions tell. */
export const clausesOf = (sentence: string): string[] =>
  sentence.split(/[,;:()–—]+(?:\s+|$)|\s+(?:and|but|while|with)\s+/i);

/** What turns a claim round, or makes it one of another time. */
const TURNED =
  /\b(?:not|never|no|nor|nothing|nobody|none|without|rare\w*|few|isn't|wasn't|aren't|weren't|before|earlier|previous\w*|last (?:week|month|year|time|snapshot)|used to|had (?!the)|if|than)\b/i;

/** Turns of phrase that have such a word and turn nothing round. */
const IDIOMS =
  /\b(?:without (?:a |any )?(?:doubt|question|exception|fail)|no (?:exceptions?|doubt|question|wonder|surprise|mistake)|not only|no less)\b/gi;

/** Whether a clause says what is not, or was, or might be. */
export const isTurned = (clause: string): boolean => TURNED.test(clause.replace(IDIOMS, ' '));
