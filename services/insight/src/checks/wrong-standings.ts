import { type MoodName, moodNames } from '@undertone/contracts/listening/snapshot';
import type { Facts } from '../facts/facts.js';
import { clausesOf, isTurned, sentencesOf } from '../insight-text/clauses.js';

const MOOD = `(?<mood>${moodNames.filter((mood) => mood !== 'unknown').join('|')})`;
const OF_IT = '(?:tracks?|songs?|music|plays?|sounds?|sounding)';
/** Ways to say that a mood has the largest share. */
const FIRST = String.raw`(?:the |your )?(?:most (?:common|frequent|present|played|prominent)|(?:main|leading|dominant|top|prevailing|largest|biggest|strongest)(?: (?:share|part|group|mood|sound)\b| of (?:the|all|them)\b|[.!?]*$)|number one|(?:the )?clear winner)`;
const LEADS = [
  String.raw`\b${MOOD}(?:[- ]${OF_IT}){0,2} (?:clearly |easily |still |again )?(?:leads?|led|dominate[sd]?|comes? first|came first|ranked first|ranks first|tops?|topped|ruled|prevail(?:s|ed)|(?:had|has|took|takes) the (?:largest|biggest) (?:share|part)|(?:was|is|were|are) ${FIRST})`,
  String.raw`\b(?:mostly|mainly|predominantly|chiefly|overwhelmingly|largely) ${MOOD}\b`,
  String.raw`\b(?:most|the majority|the bulk) of (?:it|them|your \w+|the \w+|all \w+)(?: \w+)? (?:sounded|sounds|was|is|were|are) ${MOOD}\b`,
  String.raw`\b(?:leading|dominant|top|main|prevailing|favourite|most (?:common|frequent)) mood (?:was|is|of all was) ${MOOD}\b`,
].map((pattern) => new RegExp(pattern, 'gi'));

const clauses = (text: string) =>
  sentencesOf(text)
    .flatMap((sentence) => {
      const all = clausesOf(sentence);
      // What is set against a "now" was before.
      return all.filter((_, at) => !/^(?:now|today)\b/i.test(all[at + 1] ?? ''));
    })
    .filter((clause) => !isTurned(clause));
const matches = (text: string, patterns: readonly RegExp[]) =>
  clauses(text).flatMap((clause) => patterns.flatMap((pattern) => [...clause.matchAll(pattern)]));

/** Sentences without numbers that say of a mood that it has the largest share, and it has not. */
export function wrongLeaders(text: string, { snapshot, weeks: [week] }: Facts): string[] {
  const shareOf = (mood: MoodName) => (week ? week.moods[mood] : snapshot.mood_patterns[mood].percentage);
  const most = Math.max(...moodNames.filter((mood) => mood !== 'unknown').map(shareOf));
  const leads = (mood: string) => most > 0 && shareOf(mood as MoodName) === most;
  return matches(text, LEADS)
    .filter(({ groups = {} }) => !leads((groups.mood ?? '').toLowerCase()))
    .map(([said]) => said);
}
