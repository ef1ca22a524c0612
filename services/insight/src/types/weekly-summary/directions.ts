import type { InsightText } from '@undertone/contracts/insight/insight';
import { comparisonOf } from '../../facts/comparison.js';
import type { Facts } from '../../facts/facts.js';
import type { Fault } from '../fault.js';

const UP =
  /\b(?:up|higher|more|above|rose|risen|ros?ing|rising|grew|grown|gain\w*|increas\w*|climb\w*|louder|faster)\b/i;
const DOWN =
  /\b(?:down|lower|less|fewer|below|fell|fallen|falling|drop\w*|decreas\w*|declin\w*|shr[aiu]nk|quieter|slower)\b/i;

/** Highlights that cite a change and say that it went the other way. */
export function wrongDirections({ highlights }: InsightText, facts: Facts): Fault[] {
  const changes = comparisonOf(facts)?.changes ?? [];
  const said = highlights.flatMap(({ metric, text }) => {
    const change = changes.find((one) => `change.${one.metric}` === metric);
    if (!change) return [];
    // What counting alone would move went no way.
    const by = change.isClear ? change.by : 0;
    const [saysUp, saysDown] = [UP.test(text), DOWN.test(text)];
    const isWrong = by > 0 ? saysDown && !saysUp : by < 0 ? saysUp && !saysDown : saysUp !== saysDown;
    return isWrong ? [metric] : [];
  });
  return [{ what: 'says the wrong way that a measure went', said }];
}
