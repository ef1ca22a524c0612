import { createHash } from 'node:crypto';
import type { ToneMode } from '@undertone/contracts/insight/insight';
import type { Facts } from '../facts/facts.js';
import { shortHistory } from '../facts/period-of.js';
import { shownNumbers } from '../facts/shown-numbers.js';
import type { ModelIdentity } from '../language-models/language-models.js';

/** All that an insight follows from. */
export interface Ingredients {
  /** Nothing crosses between people. */
  readonly userId: string;
  readonly type: string;
  readonly tone: ToneMode;
  readonly facts: Facts;
  readonly promptHash: string;
  readonly model: ModelIdentity;
}

/** What tells whether a stored insight may be given again. */
export interface ReuseKey {
  /** SHA-256 of everything but the numbers: insights of one scope differ by what was measured alone. */
  readonly scope: string;
  /** SHA-256 of scope and numbers. */
  readonly key: string;
}

/** The one that prompts and templates write in. */
const LANGUAGE = 'en';

/**
 * The key of an insight. Numbers count as they are shown, because that is all a writer is told; ids and the snapshot's
 * date do not count, so a text that names its date is looked at again before it is reused.
 */
export function reuseKeyOf({ userId, type, tone, facts, promptHash, model }: Ingredients): ReuseKey {
  const {
    snapshot,
    artists,
    nameless,
    weeks: [week],
  } = facts;
  const { source, time_range, weighting, classifier_version, audio_features } = snapshot;
  const short = shortHistory(snapshot);
  const scope = hash([
    userId,
    [type, tone, LANGUAGE, promptHash],
    [model.id, model.model, Object.entries(model.parameters).sort()],
    // Of a snapshot that gave way to its week only where it came from is told.
    week ? [source] : [source, time_range, weighting, classifier_version, audio_features.source],
    artists,
    ...(nameless ? [nameless] : []),
    // A text of a short history names its days.
    ...(short && !week ? [short.from] : []),
    // The week's plays are sorted and measured by what is set now, which need not be the snapshot's.
    ...(week ? [[week.classifier_version, week.audio_features.source]] : []),
  ]);
  return { scope, key: hash([scope, comparableNumbers(facts)]) };
}

/** The numbers that two snapshots can be compared by: all that are shown but the date. */
export const comparableNumbers = (facts: Facts): [metric: string, shown: string][] =>
  [...shownNumbers(facts)]
    .filter(([metric]) => metric !== 'snapshot_date')
    .sort(([a], [b]) => (a < b ? -1 : 1));

const hash = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex');
