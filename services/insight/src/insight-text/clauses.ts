/** The sentences of a text. */
export const sentencesOf = (text: string): string[] => text.split(/(?<=[.!?])\s+|\n+/);

/** Parts of a sentence that say one thing each, as far as marks and conjunctions tell. */
export const clausesOf = (sentence: string): string[] =>
  sentence.split(/[,;:()–—]+(?:\s+|$)|\s+(?:and|but|while|with)\s+/i);
