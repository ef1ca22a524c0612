const CALENDAR =
  'January|February|March|April|May|June|July|August|September|October|November|December|Mondays?|Tuesdays?|Wednesdays?|Thursdays?|Fridays?|Saturdays?|Sundays?';
const WORD = String.raw`\p{Lu}[\p{L}'’.-]*\p{L}`;
/** Two or more words with capitals in a row, as titles and names have them. */
const RUN = new RegExp(String.raw`(?<![\p{L}\p{N}])${WORD}(?: (?:(?:of|the|and|de|la|&) )?${WORD})+`, 'gu');
/** One such word where a name is announced. */
const ANNOUNCED = new RegExp(
  String.raw`\b(?:by|feat\.?|featuring|artists? (?:like|such as)|singer|songs? (?:by|of|from)|band|album|DJ) (?!(?:${CALENDAR})\b)(?<name>${WORD})`,
  'gu',
);
const ORDINARY = new RegExp(
  String.raw`^(?:(?:${CALENDAR}|BPM|dB|English|Spotify|I|And|Or|and|of|the)\b ?)+$`,
);

/**
 * What looks like a name in a text whose given names were taken out before: an artist or a song that a model made up,
 * or was told of by a hostile title. Words at the start of a sentence are not judged.
 */
export function unknownNames(text: string): string[] {
  return text.split(/(?<=[.!?:;…”"–—])\s+|\n+/).flatMap((sentence) => {
    const rest = sentence.replace(/^[^\p{L}]*[\p{L}'’-]+/u, '');
    const runs = [...rest.matchAll(RUN)].map(([said]) => said);
    const announced = [...sentence.matchAll(ANNOUNCED)].map(({ groups }) => groups?.name ?? '');
    return [...runs, ...announced.filter((name) => !runs.some((run) => run.includes(name)))].filter(
      (name) => !ORDINARY.test(name),
    );
  });
}
