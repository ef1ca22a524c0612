import { type FeatureName, featureNames } from '@undertone/contracts/listening/snapshot';
import { knownMoods } from '../facts/ranking.js';
import {
  clearLead,
  type Direction,
  down,
  high,
  low,
  mid,
  mostly,
  narrowLead,
  playsCounted,
  type Statement,
  type Subject,
  still,
  tie,
  up,
} from './statement.js';

/** Words that claim something, wherever they stand in a text. */
export interface Phrase {
  readonly pattern: RegExp;
  /** What they claim, by the groups of the pattern. */
  says(groups: Readonly<Record<string, string>>): readonly Statement[];
  /** Whether they hold a "not" or "nor" of their own, so that one beside them turns nothing round. */
  readonly isWhole?: true;
}

const phrase = (words: string, ...statements: readonly Statement[]): Phrase => ({
  pattern: new RegExp(String.raw`\b(?:${words})(?![\p{L}\p{N}])`, 'giu'),
  says: () => statements,
});
const whole = (...of: Parameters<typeof phrase>): Phrase => ({ ...phrase(...of), isWhole: true });
const reading = (words: string, says: Phrase['says']): Phrase => ({
  pattern: new RegExp(String.raw`\b(?:${words})(?![\p{L}\p{N}])`, 'giu'),
  says,
});

/** What is set against an earlier time always names it. */
const compared = (...of: Parameters<typeof reading>): Phrase => ({ ...reading(...of), isWhole: true });

const NAMES = `(?<name>${[...featureNames, 'brightness', String.raw`brightness \(valence\)`].join('|')})`;
const featureOf = (said = ''): FeatureName => {
  const name = said.toLowerCase();
  return name.startsWith('brightness') ? 'valence' : (name as FeatureName);
};

/** The words of the scale itself, for every measure alike. */
const LEVEL: Readonly<Record<Direction, string>> = {
  low: 'low|weak|little|hardly any|barely any',
  mid: 'moderate|middling|medium',
  high: 'high|strong|plenty of|lots of|a lot of',
};
const levels = (['low', 'mid', 'high'] as const).flatMap((direction) => [
  reading(`(?:${LEVEL[direction]})[- ]${NAMES}`, ({ name }) => [
    { measure: 'level', subject: featureOf(name), direction },
  ]),
  reading(
    `${NAMES} (?:was|is|stayed|stays|stood|ran|runs) (?:very |quite |rather |really )?(?:${LEVEL[direction]})`,
    ({ name }) => [{ measure: 'level', subject: featureOf(name), direction }],
  ),
]);

const SPREAD: Readonly<Record<Direction, readonly string[]>> = {
  low: [
    String.raw`(?:little|hardly any|low) (?:variation|variety|difference|spread) in ${NAMES}`,
    `(?:alike|in step|close together|agree)(?: on| in) ${NAMES}`,
    String.raw`${NAMES} (?:(?:changed|varied|varies) little|hardly (?:moved|shifts|varied|varies|changed)|stays level)`,
    String.raw`(?:fairly |quite |rather |very )?even: ${NAMES} spread`,
    `surprises in ${NAMES}\\? Hardly`,
  ],
  mid: [
    String.raw`moderate (?:variation|variety|differences?|spread) in ${NAMES}`,
    String.raw`in ${NAMES}, (?:tracks|plays) differed moderately`,
    String.raw`in ${NAMES} shows moderate differences`,
    String.raw`${NAMES} (?:varies|varied|shifts) (?:moderately|somewhat)`,
    `moderate: ${NAMES} spread`,
  ],
  high: [
    String.raw`(?:wide|large|great|high) (?:variation|variety|differences?|spread) in ${NAMES}`,
    `differ a lot in ${NAMES}`,
    `(?:travel far|all over the map) in ${NAMES}`,
    String.raw`${NAMES} (?:varies|varied) (?:widely|a lot)`,
    `uneven: ${NAMES} spread`,
  ],
};
const spreads = (['low', 'mid', 'high'] as const).flatMap((direction) =>
  SPREAD[direction].map((words) =>
    reading(words, ({ name }) => [{ measure: 'spread', subject: featureOf(name), direction }]),
  ),
);
const varietyIs = (direction: Direction): Statement => ({ measure: 'spread', subject: 'moods', direction });

/** Figures of speech for where a measure lies. */
const figures: readonly Phrase[] = [
  phrase('no brakes', high('energy'), high('loudness')),
  phrase(
    'loud recordings|very loud about it|loudly put|lovingly loud|noise report|louder than they appear|(?:little was|not) held back in volume|' +
      'fader saw little rest|knob is decorative|quiet in name only|before complaints|cat has notes|teacups know|quiet passage is a rumour',
    high('loudness'),
  ),
  phrase(
    'neighbours (?:keep a diary|know|could sing)|walls (?:have submitted a statement|know all|have started to lean)|behalf of the walls',
    high('loudness'),
  ),
  whole('neither hushed nor (?:loud|pressed)|not a whisper, not a fire alarm', mid('loudness')),
  phrase('moderate loudness|loudness kept to a moderate', mid('loudness')),
  phrase(
    'too quiet|quiet recordings|recordings were on the quiet side|lot of air around the sound|mice asked for more volume|' +
      'says please before|page turned in the wrong|neighbours (?:may not have noticed|think nobody)|loudest thing here may be the chair',
    low('loudness'),
  ),
  phrase(
    'full throttle|intense (?:rather|more) than cheerful|real force behind|forceful|plenty of (?:force|drive)|knee pads|opens jars|' +
      'printed on warning stickers|every espresso|shake fruit off trees|pushed forward more than|had drive in its air|drive in your music carried',
    high('energy'),
  ),
  phrase('moderate in energy|at a moderate intensity|at moderate energy', mid('energy')),
  phrase(
    'subdued|at low intensity|not at all pushy|appear to be lying down|cup of cocoa|early retirement|pulse check|kept its voice down|plenty of quiet',
    low('energy'),
  ),
  phrase(
    'bright and (?:lively|easy)|bright sound|sounded sunny|toothpaste|behind tinted glass|wave at strangers',
    high('valence'),
  ),
  whole('neither bright nor dark|not gloomy, not giddy', mid('valence')),
  phrase(
    'dark in colour|darker sky|darker (?:side|background)|dark background|switch to lilies|its own small cloud|read the news',
    low('valence'),
  ),
  phrase('bright and lively', high('energy')),
  phrase(
    'tempo took its time|beat was unhurried|pace was slow|slow on average|continents have drifted|chorus is expected by|late and unbothered',
    low('tempo'),
  ),
  phrase(
    'medium pace|moderate pace|pace was moderate|brisk walk|overtaking tourists|office hours',
    mid('tempo'),
  ),
  phrase(
    'fast beats|pace was (?:quick|fast)|fast on average|hold on to your hat|beat is a quick one|runs between meetings|paid by the stroke',
    high('tempo'),
  ),
  phrase(
    'not dance music|dance floor got the night off|guard the coats|fake a power cut|dance beats were not the point|floor is safe',
    low('danceability'),
  ),
  phrase('middle ground between dancing|nobody knocked over a lamp', mid('danceability')),
  phrase(
    'easy to (?:dance|move) to|danceable pulse|kitchen floor|fridge stands still|clear instructions',
    high('danceability'),
  ),
  phrase(
    'mostly electric or produced|sounds prevailed|campfire guitar|no tree was involved|acoustic sounds were the exception',
    low('acousticness'),
  ),
  phrase(
    'acoustic and (?:produced|electric) (?:sounds )?m(?:et|ixed)|wood and wire|part campfire',
    mid('acousticness'),
  ),
  phrase(
    'strongly acoustic|sounded acoustic|acoustic textures stood out|smell the wood|owns a porch|hear the cardigan|splinters included',
    high('acousticness'),
  ),
  phrase(
    'vocals dominate|voices led the way|singing was rarely far|nearly always singing|lots of singing|most of it is sung|singers never leave',
    low('instrumentalness'),
  ),
  phrase(
    'between vocal and instrumental|shared custody|some singing|tea breaks|sung and wordless music is mixed',
    mid('instrumentalness'),
  ),
  phrase(
    'mostly instrumental|words took a back seat|do without singing|hardly any words|few words get in|works from home|karaoke night',
    high('instrumentalness'),
  ),
  phrase('a lot of speech|spoken words were a clear|chatty stuff|meeting with drums', high('speechiness')),
  phrase('no announcements|no small talk|library that happens', low('speechiness')),
  phrase(
    'recordings may be live|hints at audiences|was that applause|deserves a songwriting',
    high('liveness'),
  ),
  phrase('nobody clapped|studio door was locked|looking for parking', low('liveness')),
  phrase(
    'one trick|few moods|one idea|low mood variety|diversity is low|moved in, hung curtains',
    varietyIs('low'),
  ),
];

const moods: readonly Phrase[] = [
  phrase('some variety|mood diversity is moderate', varietyIs('mid')),
  phrase(
    'fairly evenly between moods|mood buffet|high mood variety|everything at once|every door in the house|make up your playlist|many moods had a fair turn',
    varietyIs('high'),
  ),
  whole(
    'could not bring itself to disappoint|could not (?:decide|agree)|refused to pick|pick a side|no spine|share first place|dead heat|no single (?:leading mood|sound)|joint (?:first|gold)',
    tie,
  ),
  whole('sure of itself|one clear winner', clearLead),
  whole('nobody asked for a recount', clearLead),
  phrase('won by a mile|more than all other known moods', { ...clearLead, strength: 'strong' }),
  phrase(
    'lost by a whisker|hot on its heels|followed closely|margin is slim|nearly matched it|close behind:',
    narrowLead,
  ),
  ...knownMoods.flatMap((mood) => [
    phrase(
      `most of (?:it|them|your \\w+|the \\w+|all \\w+)(?: \\w+)? (?:sounded|sounds|was|is|were|are) ${mood}`,
      mostly(mood),
    ),
    phrase(
      `(?:nearly|almost) (?:all|everything)(?: \\w+){0,3} (?:sounded|was|were|is) ${mood}`,
      mostly(mood, 'strong'),
    ),
  ]),
  whole('never took it off', mostly('happy', 'strong')),
  phrase('no brakes', mostly('energetic')),
  phrase('verging on furniture', mostly('calm')),
];

/** What a change is said of; `the happy share` is a mood's. */
const CHANGED: Readonly<Record<string, Subject>> = {
  ...Object.fromEntries(featureNames.map((name) => [name, name])),
  brightness: 'valence',
  'average tempo': 'tempo',
  'average loudness': 'loudness',
  'variety of moods': 'moods',
  ...Object.fromEntries(knownMoods.map((mood) => [`${mood} share`, mood])),
};
const SUBJECT = `(?<subject>${Object.keys(CHANGED).join('|')})`;
const subjectOf = (said = ''): Subject => CHANGED[said.toLowerCase()] ?? 'sound';
const PAST = '(?:(?:has|had) )?';
const moves: readonly (readonly [string, typeof up, Statement['strength']?])[] = [
  ['jumped|soared|surged|shot up|leapt|skyrocketed', up, 'strong'],
  ['plunged|plummeted|collapsed|slid|tumbled', down, 'strong'],
  ['rose|climbed|grew|went up|increased', up],
  ['fell|dropped|eased|came down|went down|decreased|declined', down],
  ['edged up|crept up', up, 'slight'],
  ['edged down|dipped', down, 'slight'],
];

const changes: readonly Phrase[] = [
  ...moves.map(([verbs, to, strength]) =>
    compared(`${SUBJECT},? (?:which )?${PAST}(?:${verbs})`, ({ subject }) => [
      to(subjectOf(subject), strength),
    ]),
  ),
  compared(String.raw`\d[\d,.]* more plays?`, () => [up('plays')]),
  compared(String.raw`\d[\d,.]* fewer plays?`, () => [down('plays')]),
  whole(
    'steady as it was|much as it was before|nothing (?:has )?changed|no real change|nothing to see here',
    still('everything'),
  ),
  whole(
    'no measure moved far|nothing moved much|no change (?:of sound )?large enough|the same sound as before|changes (?:of sound )?worth reporting: none',
    still('sound'),
  ),
];

const counting: readonly Phrase[] = [
  phrase(
    'c[ao]me back to|kept (?:returning|coming back)|returned (?:to )?most|on repeat|repeat(?:ed|edly)? (?:most|plays?)|replay(?:ed|s)|played (?:most|over and over|again and again)|' +
      'most[- ]played|regular companion|kept you the most company|know every step',
    playsCounted,
  ),
];

/** All that is read in a text. What it says in other words than these is not found. */
export const phrases: readonly Phrase[] = [
  ...levels,
  ...spreads,
  ...figures,
  ...moods,
  ...changes,
  ...counting,
];
