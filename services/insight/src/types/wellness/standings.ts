import type { ToneMode } from '@undertone/contracts/insight/insight';
import type { Lead } from '../../facts/ranking.js';
import { narrowLead } from '../../statements/statement.js';
import { caveats } from '../../wording/caveats.js';
import type { Draw, Options } from '../../wording/draw.js';
import {
  capitalised,
  leadersShare,
  listed,
  type Reading,
  share,
  shareOfEach,
} from '../../wording/reading.js';

type Line = (r: Reading) => string;

// Where much is known, a sentence of its own says of how many no mood is.
const ofLeader = (r: Reading) => (r.isPartial ? leadersShare(r) : shareOfEach(r, r.leaders));
const next = (r: Reading) => listed(r.seconds);
const Next = (r: Reading) => capitalised(next(r));
const ofNext = (r: Reading) => shareOfEach(r, r.seconds);

/** How many tracks the leading mood has. */
const counted: Record<ToneMode, Options<Line>> = {
  neutral: [
    (r) => `That comes to ${ofLeader(r)}.`,
    (r) => `In numbers, that is ${ofLeader(r)}.`,
    (r) => `That mood accounts for ${ofLeader(r)}.`,
  ],
  supportive: [(r) => `Counted up, that is ${ofLeader(r)}.`, (r) => `You can hear this in ${ofLeader(r)}.`],
  playful: [
    (r) => `The tally: ${ofLeader(r)}.`,
    (r) => `Exhibit A: ${ofLeader(r)}.`,
    (r) => `The scoreboard says ${ofLeader(r)}.`,
  ],
  direct: [(r) => `${capitalised(ofLeader(r))}.`, (r) => `The count: ${ofLeader(r)}.`],
};

/** How the others stand behind it. */
const followed: Record<ToneMode, Record<Lead, Options<Line>>> = {
  neutral: {
    sole: [
      (r) => `None of the ${r.things} with a known mood fell into any other group.`,
      () => 'It is also the only mood that could be made out.',
    ],
    majority: [
      (r) =>
        `All other known moods together have fewer ${r.things}; next in line: ${next(r)}, with ${ofNext(r)}.`,
      (r) =>
        `It outnumbers the other known moods combined, of which ${next(r)} came nearest with ${ofNext(r)}.`,
    ],
    narrow: [
      (r) => `${Next(r)} followed closely, with ${ofNext(r)}.`,
      (r) => `The margin is slim, for ${next(r)} reached ${ofNext(r)}.`,
    ],
    plain: [
      (r) => `${Next(r)} came next with ${ofNext(r)}, and no mood held a majority.`,
      (r) => `Behind it stood ${next(r)}, with ${ofNext(r)}.`,
    ],
  },
  supportive: {
    sole: [
      () => 'Nothing else broke in: wherever a mood could be heard, it was this one.',
      (r) => `All ${r.things} whose mood is known share it, which makes for a very whole sound.`,
    ],
    majority: [
      (r) =>
        `The other known moods were fewer even together, though ${next(r)} still came through in ${ofNext(r)}.`,
      (r) =>
        `Most of what could be heard belongs to it, with ${next(r)} keeping a smaller corner: ${ofNext(r)}.`,
    ],
    narrow: [
      (r) => `Right beside it, ${next(r)} had nearly as much room, with ${ofNext(r)}.`,
      (r) => `${Next(r)} stayed close by, in ${ofNext(r)}.`,
    ],
    plain: [
      (r) => `There was a place for ${next(r)} music too, with ${ofNext(r)}.`,
      (r) => `${Next(r)} music came after it, with ${ofNext(r)}.`,
    ],
  },
  playful: {
    sole: [
      () => 'Other moods were presumably invited. None could be spotted.',
      () => 'Competition from other known moods: none whatsoever.',
    ],
    majority: [
      (r) =>
        `The other known moods could not have caught it by standing on each other’s shoulders; ${next(r)} came nearest with ${ofNext(r)}.`,
      (r) =>
        `All other known moods combined still fell short; best of the rest: ${next(r)}, with ${ofNext(r)}.`,
    ],
    narrow: [
      (r) => `It was close, mind: ${next(r)} lost by a whisker with ${ofNext(r)}.`,
      (r) => `Hot on its heels: ${next(r)}, with ${ofNext(r)}.`,
    ],
    plain: [
      (r) => `Silver goes to ${next(r)} with ${ofNext(r)}.`,
      (r) => `Waving from behind: ${next(r)}, with ${ofNext(r)}.`,
    ],
  },
  direct: {
    sole: [() => 'No other mood is known.', () => 'No other mood could be made out.'],
    majority: [
      (r) => `More than all other known moods combined. Next: ${next(r)}, ${ofNext(r)}.`,
      (r) => `The other known moods together had fewer. Nearest: ${next(r)}, ${ofNext(r)}.`,
    ],
    narrow: [
      (r) => `Close behind: ${next(r)}, ${ofNext(r)}.`,
      (r) => `${Next(r)} nearly matched it: ${ofNext(r)}.`,
    ],
    plain: [(r) => `Next: ${next(r)}, ${ofNext(r)}.`, (r) => `${Next(r)} came second: ${ofNext(r)}.`],
  },
};

/** What came after a shared first place. */
const afterTie: Record<ToneMode, Options<Line>> = {
  neutral: [(r) => `Next in line: ${next(r)}, with ${ofNext(r)}.`],
  supportive: [(r) => `A little further back, ${next(r)} had room as well, with ${ofNext(r)}.`],
  playful: [(r) => `Politely waiting behind the winners: ${next(r)}, with ${ofNext(r)}.`],
  direct: [(r) => `Then ${next(r)}: ${ofNext(r)}.`],
};

const unsorted: Record<ToneMode, Options<Line>> = {
  neutral: [(r) => `The mood of ${share(r, 'unknown')} is unknown.`],
  supportive: [(r) => `For ${share(r, 'unknown')}, the mood stays an open question.`],
  playful: [(r) => `Keeping their mood a secret: ${share(r, 'unknown')}.`],
  direct: [(r) => `Mood unknown: ${share(r, 'unknown')}.`],
};

/** The rest of the first paragraph: how large the lead is, who follows, and what is not known of it. */
export function standings(r: Reading, asked: ToneMode, draw: Draw): string[] {
  // No figure of speech rests on a mood that does not carry one.
  const tone = r.weak && asked !== 'direct' ? 'neutral' : asked;
  const isTie = r.leaders.length > 1;
  const sentences: string[] = [];
  // A shared lead is counted in its opening.
  if (!isTie) sentences.push(draw.pick('counted', counted[tone])(r));
  // Of one track with a mood there is nothing to set against.
  if (!isTie && r.sortedTracks > 1)
    sentences.push(
      draw.pick('followed', followed[tone][r.lead], ...(r.lead === 'narrow' ? [narrowLead] : []))(r),
    );
  else if (isTie && r.seconds.length > 0) sentences.push(draw.pick('after-tie', afterTie[tone])(r));
  // Where few features are known, the paragraph on coverage has it.
  if (!r.isPartial && r.count('unknown') > 0) {
    sentences.push(draw.pick('unsorted', unsorted[tone])(r));
  }
  return [...sentences, ...caveats(r, asked, draw)];
}
