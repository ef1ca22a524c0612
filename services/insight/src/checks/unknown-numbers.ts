import type { Snapshot } from '@undertone/contracts/listening/snapshot';
import type { Facts } from '../facts/facts.js';
import { shownNumbers } from '../facts/shown-numbers.js';
import { type NumberInText, numbersIn } from '../insight-text/numbers-in-text.js';

/** The time ranges in digits, as Spotify describes them. */
const SPANS: Record<Snapshot['time_range'], RegExp> = {
  short_term: /^4[ -]weeks?$/i,
  medium_term: /^6[ -]months?$/i,
  long_term: /^(?:1[ -]year|12[ -]months?)$/i,
};

/** `minute` of `12 minutes`. */
const spanOf = (said: string): string => said.toLowerCase().replace(/^.*?([a-z]+?)s?$/, '$1');

/**
 * The numbers of a text, as they stand there, that are none of the facts' numbers as `shownNumbers` shows them. A
 * number with a unit must be shown with that unit; one without may be any. Which metric it is said of is not judged.
 */
export function unknownNumbers(text: string, facts: Facts): string[] {
  const { snapshot, weeks, emptyWeek, earlier } = facts;
  const known: NumberInText[] = [...shownNumbers(facts)].flatMap(([metric, shown]) => {
    const numbers = numbersIn(shown);
    const counted = /track/.test(metric) ? 'tracks' : /play/.test(metric) ? 'plays' : undefined;
    if (counted) return numbers.map((number) => ({ ...number, unit: counted }));
    // "A change of -0.05" says what "0.05 lower" says.
    if (!/ (?:lower|fewer|less)$/.test(shown)) return numbers;
    return numbers.flatMap((number) => [number, { ...number, value: -number.value }]);
  });
  const days = [snapshot, ...earlier].flatMap(({ snapshot_date: day, first_played_at: first }) =>
    first ? [day, first.slice(0, 10)] : [day],
  );
  const dates = [
    ...days,
    ...[...weeks, ...(emptyWeek ? [emptyWeek] : [])].flatMap(({ from, to }) => [from, to]),
  ].flatMap((day) => {
    const date = Number(day.replaceAll('-', ''));
    return [date, date % 10_000, date - (date % 100)];
  });
  const before = weeks.length > 0 ? weeks.length - 1 : earlier.length;
  const weeksBefore = new RegExp(`^${before}[ -]weeks?$`, 'i');
  const isKnown = ({ value, unit, text: said }: NumberInText): boolean => {
    if (unit === 'date') return dates.includes(value);
    if (unit === 'span')
      return (
        (weeks.length === 0 && SPANS[snapshot.time_range].test(said)) ||
        (before > 0 && weeksBefore.test(said)) ||
        known.some(
          (shown) => shown.unit === 'span' && shown.value === value && spanOf(shown.text) === spanOf(said),
        )
      );
    if (unit === 'plain' && said === snapshot.snapshot_date.slice(0, 4)) return true;
    return known.some((shown) => {
      if (shown.unit === 'date' || (unit !== 'plain' && shown.unit !== unit)) return false;
      // Loudness is below full scale, so "7.3 dB below" needs no sign.
      return shown.value === value || (unit === 'decibels' && -shown.value === value && value > 0);
    });
  };
  return numbersIn(text)
    .filter((number) => !isKnown(number))
    .map(({ text: said }) => said);
}
