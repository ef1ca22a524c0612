import type { ToneMode } from '@undertone/contracts/insight/insight';
import { type Level, level } from '../facts/scale.js';
import { at } from '../statements/statement.js';
import type { Draw, Options } from './draw.js';
import type { Heard } from './reading.js';

type Line = (r: Heard) => string;

const v = (r: Heard) => r.show('avg_valence');
const e = (r: Heard) => r.show('avg_energy');

/** Brightness and energy in numbers. */
const measured: Record<ToneMode, Options<Line>> = {
  neutral: [
    (r) => `Valence, a measure of how bright music sounds, averaged ${v(r)}; energy averaged ${e(r)}.`,
    (r) => `For brightness (valence) the average was ${v(r)}, and for energy ${e(r)}.`,
    (r) => `Average energy stood at ${e(r)} and average valence, or brightness, at ${v(r)}.`,
  ],
  supportive: [
    (r) => `Its brightness (valence) averaged ${v(r)} and its energy ${e(r)}.`,
    (r) =>
      `Listen for energy and you get an average of ${e(r)}; listen for brightness, or valence, and it is ${v(r)}.`,
  ],
  playful: [
    (r) => `On the dials: brightness (valence) at ${v(r)}, energy at ${e(r)}.`,
    (r) => `Valence, the brightness knob, sat at ${v(r)}, with the energy knob at ${e(r)}.`,
    (r) =>
      `If music came with a weather report, it would read valence ${v(r)} for sunshine and energy ${e(r)} for wind.`,
  ],
  direct: [
    (r) => `Brightness (valence) averaged ${v(r)}, energy ${e(r)}.`,
    (r) => `Average valence, or brightness: ${v(r)}. Average energy: ${e(r)}.`,
  ],
};

/** What the two say together, by the level of brightness and then of energy. */
const together: Record<Level, Record<Level, Record<ToneMode, string>>> = {
  low: {
    low: {
      neutral: 'Low values for both describe a subdued, shaded sound.',
      supportive: 'It sounded subdued and inward, the kind of music that leaves space around it.',
      playful: 'Candles rather than strobe lights, then.',
      direct: 'Subdued on both counts.',
    },
    mid: {
      neutral: 'Energy was moderate, so the low valence gives the sound its shade.',
      supportive: 'It moved along under a darker sky.',
      playful: 'Overcast, with a decent breeze.',
      direct: 'Dark in colour, moderate in energy.',
    },
    high: {
      neutral: 'High energy with low valence makes for an intense sound more than a cheerful one.',
      supportive: 'It sounded intense more than cheerful, with real force behind it.',
      playful: 'More thunder than sunshine, in other words.',
      direct: 'Intense rather than cheerful.',
    },
  },
  mid: {
    low: {
      neutral: 'The sound was gentle, and on balance neither bright nor dark.',
      supportive: 'It sounded gentle, unhurried in force, and neither bright nor dark on balance.',
      playful: 'Not gloomy, not giddy, and in no hurry to push.',
      direct: 'Gentle, neither bright nor dark.',
    },
    mid: {
      neutral: 'Both lie near the middle, which leaves room for individual tracks to pull either way.',
      supportive:
        'Both rest near the middle, a balanced place from which single songs can lean any way they like.',
      playful: 'Both needles hover mid-dial, like a cat deciding whether to go out.',
      direct: 'Both sit mid-scale.',
    },
    high: {
      neutral: 'The sound was forceful without being clearly bright or dark.',
      supportive: 'There was plenty of force in the sound, and it did not need to be all smiles.',
      playful: 'Full throttle, poker face.',
      direct: 'Forceful, neither bright nor dark.',
    },
  },
  high: {
    low: {
      neutral: 'The combination describes a bright sound at low intensity.',
      supportive: 'It sounded sunny and not at all pushy.',
      playful: 'Think picnic, minus the sack race.',
      direct: 'Bright but gentle.',
    },
    mid: {
      neutral: 'The sound was bright, at a moderate intensity.',
      supportive: 'It sounded bright and easy, with energy enough to keep things moving.',
      playful: 'Sunglasses on, shoelaces tied, no rush.',
      direct: 'Bright, at moderate energy.',
    },
    high: {
      neutral: 'Taken together, the two describe a bright and lively sound.',
      supportive: 'Heard together, that is music with its windows wide open.',
      playful: 'That is the sort of sound that moves the furniture to the walls.',
      direct: 'Bright and lively.',
    },
  },
};

/** The paragraph's first half: how bright and how energetic the music sounded on average; empty where neither is known. */
export function sound(r: Heard, tone: ToneMode, draw: Draw): string[] {
  const [brightness, energy] = [level(r, 'valence'), level(r, 'energy')];
  if (brightness && energy) {
    draw.declare(at('valence', brightness), at('energy', energy));
    return [draw.pick('measured', measured[tone])(r), together[brightness][energy][tone]];
  }
  if (brightness)
    return [`Brightness (valence) averaged ${v(r)}; how energetic the music sounded is not known.`];
  if (energy) return [`Energy averaged ${e(r)}; how bright the music sounded is not known.`];
  return [];
}
