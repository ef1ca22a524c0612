import type { FeatureName, MoodName } from '@undertone/contracts/listening/snapshot';

/**
 * What of a subject is spoken of: where a mean lies, how far things lie apart, how large a share is, how far the first is
 * ahead, how it moved, whether it was counted at all, or how firmly it is known.
 */
export type Measured = 'level' | 'spread' | 'share' | 'lead' | 'change' | 'counting' | 'confidence';

/** `moods` are all together: their diversity, and which of them leads. `sound` is all that is heard, `everything` more than that. */
export type Subject =
  | FeatureName
  | MoodName
  | 'moods'
  | 'plays'
  | 'tracks'
  | 'hours'
  | 'sound'
  | 'everything';

/** Of a change: down, none, up. Of a lead: a tie, a narrow one, a clear one. */
export type Direction = 'low' | 'mid' | 'high';

/** Something that a wording claims of what was heard, on the one scale of `facts/scale.ts`. */
export interface Statement {
  readonly measure: Measured;
  readonly subject: Subject;
  readonly direction: Direction;
  /** Absent where a wording does not say how much so. */
  readonly strength?: 'slight' | 'strong';
}

type Of<S extends Subject = Subject> = (subject: S, strength?: Statement['strength']) => Statement;
const state =
  (measure: Measured, direction: Direction) =>
  (subject: Subject, strength?: Statement['strength']): Statement => ({
    measure,
    subject,
    direction,
    ...(strength && { strength }),
  });

export const low: Of<FeatureName> = state('level', 'low');
export const mid: Of<FeatureName> = state('level', 'mid');
export const high: Of<FeatureName> = state('level', 'high');
/** Where a mean lies, and how far what was heard lies apart, on the scale. */
export const at = (subject: FeatureName, direction: Direction): Statement =>
  state('level', direction)(subject);
export const apart = (subject: FeatureName | 'moods', direction: Direction): Statement =>
  state('spread', direction)(subject);
/** A majority of all, what has no known mood included; `strong` is nearly all. */
export const mostly: Of<MoodName> = state('share', 'high');
/** One mood is ahead by more than a little; `strong` is a majority of what has a mood. */
export const clearLead: Statement = { measure: 'lead', subject: 'moods', direction: 'high' };
export const narrowLead: Statement = { measure: 'lead', subject: 'moods', direction: 'mid' };
export const tie: Statement = { measure: 'lead', subject: 'moods', direction: 'low' };
export const up: Of = state('change', 'high');
export const down: Of = state('change', 'low');
export const still: Of = state('change', 'mid');
/** That something was played again, which a list of tracks does not say, nor as many plays as there are tracks. */
export const playsCounted: Statement = { measure: 'counting', subject: 'plays', direction: 'high' };

/** That there is more than one track to speak of. */
export const severalTracks: Statement = { measure: 'counting', subject: 'tracks', direction: 'high' };
/** The mood that leads has more than what is not known, so that it leads among all. */
export const aheadOfUnknown: Statement = { measure: 'lead', subject: 'unknown', direction: 'high' };
/** The moods that lead are known firmly enough for a text to lean on them. */
export const carries: Statement = { measure: 'confidence', subject: 'moods', direction: 'high' };

/** As a message names it: `level of loudness: high`. */
export const inWords = ({ measure, subject, direction, strength }: Statement): string =>
  `${measure} of ${subject}: ${strength ? `${strength} ` : ''}${direction}`;
