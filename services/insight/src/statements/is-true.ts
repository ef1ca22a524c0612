import {
  type FeatureName,
  featureNames,
  type MoodName,
  moodNames,
} from '@undertone/contracts/listening/snapshot';
import { type Change, comparisonOf } from '../facts/comparison.js';
import type { Facts } from '../facts/facts.js';
import { averageOf, isVolume } from '../facts/numbers.js';
import { countIn, type KnownMood, rank, weakest } from '../facts/ranking.js';
import {
  diversity,
  isNearlyAll,
  isStrongChange,
  levelOfMean,
  levelOfShare,
  sizeOfChange,
  spread,
} from '../facts/scale.js';
import { isAheadBeyondCounting } from '../statistics/differences.js';
import type { Direction, Statement, Subject } from './statement.js';

const isFeature = (subject: Subject): subject is FeatureName => featureNames.some((name) => name === subject);
const isMood = (subject: Subject): subject is MoodName => moodNames.some((mood) => mood === subject);

/** Where the facts have what a statement is of; undefined where they do not say. */
export function directionIn(facts: Facts, { measure, subject }: Statement): Direction | undefined {
  const { snapshot } = facts;
  const [week] = facts.weeks;
  if (measure === 'level' && isFeature(subject))
    return levelOfMean(subject, week ? averageOf(week, subject) : snapshot.audio_features[`avg_${subject}`]);
  if (measure === 'spread' && !week)
    return subject === 'moods' ? diversity(facts) : isFeature(subject) ? spread(facts, subject) : undefined;
  if (measure === 'share' && isMood(subject)) return levelOfShare(percentageOf(facts, subject));
  if (measure === 'lead') return subject === 'unknown' ? leadOfUnknown(facts) : leadIn(facts);
  if (measure === 'confidence') return confidenceIn(facts);
  if (measure === 'counting') return countingIn(facts, subject);
  return measure === 'change' ? changeIn(facts, subject) : undefined;
}

/** Whether the facts bear a statement out: what they do not say, they do not. */
export function isTrueOf(facts: Facts, statement: Statement): boolean {
  if (directionIn(facts, statement) !== statement.direction) return false;
  if (statement.strength !== 'strong') return true;
  const { measure, subject } = statement;
  if (measure === 'share' && isMood(subject)) return isNearlyAll(percentageOf(facts, subject));
  if (measure === 'lead') return ['majority', 'sole'].includes(rankingIn(facts).lead);
  return (
    measure !== 'change' || changesOf(facts, subject).some(({ metric, by }) => isStrongChange(metric, by))
  );
}

function percentageOf({ snapshot, weeks: [week] }: Facts, mood: MoodName): number {
  return week ? (100 * week.moods[mood]) / week.plays : snapshot.mood_patterns[mood].percentage;
}

const rankingIn = ({ snapshot, weeks: [week] }: Facts) =>
  rank((mood: KnownMood) => (week ? week.moods[mood] : countIn(snapshot, mood)));

/** A lead that counting alone could give is no clear one, however few it is of; nor is one by a tenth, of however many. */
function leadIn(facts: Facts): Direction | undefined {
  const { leaders, lead, first, second } = rankingIn(facts);
  if (leaders.length === 0) return undefined;
  if (leaders.length > 1) return 'low';
  return lead === 'narrow' || !isAheadBeyondCounting(first, second) ? 'mid' : 'high';
}

/** Whether there is more than one track, or more than one play of some. */
function countingIn({ snapshot, weeks: [week] }: Facts, subject: Subject): Direction {
  const tracks = week?.tracks ?? snapshot.total_tracks_analyzed;
  if (subject === 'tracks') return tracks > 1 ? 'high' : 'low';
  const plays = week?.plays ?? (snapshot.weighting === 'plays' ? snapshot.total_plays_analyzed : null) ?? 0;
  return plays > tracks ? 'high' : 'low';
}

/** Whether the mood that leads has more than what is not known. */
function leadOfUnknown(facts: Facts): Direction | undefined {
  const {
    snapshot,
    weeks: [week],
  } = facts;
  const { first } = rankingIn(facts);
  const unknown = week ? week.moods.unknown : countIn(snapshot, 'unknown');
  return first === 0 ? undefined : first > unknown ? 'high' : first === unknown ? 'mid' : 'low';
}

/** Whether the moods that lead carry a text. */
function confidenceIn(facts: Facts): Direction | undefined {
  const {
    snapshot,
    weeks: [week],
  } = facts;
  const { leaders } = rankingIn(facts);
  if (leaders.length === 0) return undefined;
  const weak = weakest(leaders, (mood) =>
    week ? week.mood_confidence?.[mood] : snapshot.mood_patterns[mood].confidence,
  );
  return weak === undefined ? 'high' : 'low';
}

/** Whether a change is one to tell of: more than chance, and large enough to be heard. */
export const isTold = ({ metric, now, before, by, isClear }: Change): boolean =>
  isVolume(metric) ? Math.round(now) !== Math.round(before) : isClear && sizeOfChange(metric, by) >= 1;

function changesOf(facts: Facts, subject: Subject): Change[] {
  const changes = (comparisonOf(facts)?.changes ?? []).filter(({ metric }) => !metric.includes('.unknown.'));
  if (subject === 'everything') return changes;
  if (subject === 'sound') return changes.filter(({ metric }) => !isVolume(metric));
  const names = [subject, `avg_${subject}`, ...(subject === 'moods' ? ['mood_diversity_score'] : [])];
  return changes.filter(({ metric }) => metric.split('.').some((part) => names.includes(part)));
}

/** The change of a single measure, told or not; undefined where it is not compared. */
export function changeOf(facts: Facts, subject: Subject): Change | undefined {
  return subject === 'everything' || subject === 'sound' ? undefined : changesOf(facts, subject)[0];
}

/** Up, down, or none that could be heard; undefined too where too little was counted to tell. */
function changeIn(facts: Facts, subject: Subject): Direction | undefined {
  const all = changesOf(facts, subject);
  const [change] = all.filter(isTold);
  if (!change) return all.length > 0 && all.every(isSteady) ? 'mid' : undefined;
  return subject === 'everything' || subject === 'sound' ? undefined : change.by > 0 ? 'high' : 'low';
}

/** Whether what was counted is enough to say that there is no change. */
export const isSteady = (change: Change): boolean =>
  isVolume(change.metric) ? !isTold(change) : change.isSteady;
