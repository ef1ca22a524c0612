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
  reading(
    String.raw`${NAMES} of [-−–]?[\d.]+(?: BPM| dB)? (?:was|is) (?:very |quite |rather |really )?(?:${LEVEL[direction]})`,
    ({ name }) => [{ measure: 'level', subject: featureOf(name), direction }],
  ),
]);

const SPREAD: Readonly<Record<Direction, readonly string[]>> = {
  low: [
    `(?:little|hardly any|low) (?:variation|variety|difference|spread) in ${NAMES}`,
    `(?:alike|in step|close together|agree)(?: on| in) ${NAMES}`,
    `${NAMES} (?:(?:changed|varied|varies) little|hardly (?:moved|shifts|varied|varies|changed)|stays level)`,
    `(?:fairly |quite |rather |very )?even: ${NAMES} spread`,
    `surprises in ${NAMES}\\? Hardly`,
  ],
  mid: [
    `moderate (?:variation|variety|differences?|spread) in ${NAMES}`,
    `in ${NAMES}, (?:tracks|plays) differed moderately`,
    `in ${NAMES} shows moderate differences`,
    `${NAMES} (?:varies|varied|shifts) (?:moderately|somewhat)`,
    `moderate: ${NAMES} spread`,
  ],
  high: [
    `(?:wide|large|great|high) (?:variation|variety|differences?|spread) in ${NAMES}`,
    `differ a lot in ${NAMES}`,
    `(?:travel far|all over the map) in ${NAMES}`,
    `${NAMES} (?:varies|varied) (?:widely|a lot)`,
    `uneven: ${NAMES} spread`,
  ],
};
const spreads = (['low', 'mid', 'high'] as const).flatMap((direction) =>
  SPREAD[direction].map((words) =>
    reading(words, ({ name }) => [{ measure: 'spread', subject: featureOf(name), direction }]),
  ),
);
const varietyIs = (direction: Direction): Statement => ({ measure: 'spread', subject: 'moods', direction });

/** Where a measure lies, in words of its own that mean nothing else. */
const plainly: readonly Phrase[] = [
  phrase('loud recordings|recordings (?:was|were|are) (?:very |quite |rather )?loud', high('loudness')),
  phrase('moderate loudness|loudness kept to a moderate', mid('loudness')),
  whole('neither hushed nor (?:loud|pressed)', mid('loudness')),
  phrase(
    'too quiet|quiet recordings|recordings (?:were|are) (?:very |quite |rather )?quiet|recordings were on the quiet side',
    low('loudness'),
  ),
  phrase('moderate in energy|at (?:a )?moderate (?:energy|intensity)', mid('energy')),
  phrase('at low intensity', low('energy')),
  phrase('bright and lively', high('valence'), high('energy')),
  whole('neither bright nor dark', mid('valence')),
  phrase('(?:pace|tempo) (?:was|is) slow|slow on average', low('tempo')),
  phrase('medium pace|moderate pace|pace was moderate', mid('tempo')),
  phrase('fast beats|(?:pace|tempo) (?:was|is) (?:quick|fast)|fast on average', high('tempo')),
  phrase('not dance music', low('danceability')),
  phrase('easy to (?:dance|move) to|danceable pulse', high('danceability')),
  phrase('mostly electric or produced|points to electric', low('acousticness')),
  phrase('strongly acoustic', high('acousticness')),
  phrase('vocals dominate', low('instrumentalness')),
  phrase('most of it is sung|singing led', low('instrumentalness'), low('speechiness')),
  phrase('voices led', low('instrumentalness')),
  phrase('between vocal and instrumental|mid(?:way|dle) between sung and wordless', mid('instrumentalness')),
  phrase(
    '(?:mostly|more|largely) instrumental|instrumental on the whole|wordless rather than sung',
    high('instrumentalness'),
  ),
  phrase('a lot of speech', high('speechiness')),
  phrase('mood diversity is low|low mood variety', varietyIs('low')),
  phrase('high mood variety|fairly evenly between moods', varietyIs('high')),
  whole('share first place', tie),
  ...knownMoods.flatMap((mood) => [
    phrase(
      `most of (?:it|them|your \\w+|the \\w+|all \\w+)(?: \\w+)? (?:sounded|sounds|was|is|were|are) ${mood}`,
      mostly(mood),
    ),
    phrase(`${mood}(?: \\w+){0,3} (?:was|is|were|are) in the majority`, mostly(mood)),
    phrase(
      `(?:nearly|almost) (?:all|everything)(?: \\w+){0,3} (?:sounded|was|were|is) ${mood}`,
      mostly(mood, 'strong'),
    ),
  ]),
];

/** Figures of speech: what they say of a measure, where a template has them. */
const figures: readonly Phrase[] = [
  phrase('no brakes', high('energy'), high('loudness'), mostly('energetic')),
  phrase(
    'very loud about it|loudly put|lovingly loud|noise report|louder than they appear|(?:little was|not) held back in volume|' +
      'fader saw little rest|knob is decorative|quiet in name only|before complaints|cat has notes|teacups know|quiet passage is a rumour',
    high('loudness'),
  ),
  phrase(
    'neighbours (?:keep a diary|could sing)|walls (?:have submitted a statement|know all|have started to lean)|behalf of the walls',
    high('loudness'),
  ),
  whole('not a whisper, not a fire alarm', mid('loudness')),
  phrase(
    'lot of air around the sound|mice asked for more volume|says please before|page turned in the wrong|' +
      'neighbours (?:may not have noticed|think nobody)|loudest thing here may be the chair',
    low('loudness'),
  ),
  phrase(
    'full throttle|intense (?:rather|more) than cheerful|real force behind|forceful|plenty of (?:force|drive)|knee pads|opens jars|' +
      'printed on warning stickers|every espresso|shake fruit off trees|pushed forward more than|had drive in its air|drive in your music carried',
    high('energy'),
  ),
  phrase(
    'subdued|not at all pushy|appear to be lying down|cup of cocoa|early retirement|pulse check|kept its voice down|plenty of quiet',
    low('energy'),
  ),
  phrase(
    'bright and easy|bright sound|sounded sunny|toothpaste|behind tinted glass|wave at strangers',
    high('valence'),
  ),
  whole('not gloomy, not giddy', mid('valence')),
  phrase(
    'dark in colour|darker sky|darker (?:side|background)|dark background|switch to lilies|its own small cloud|read the news',
    low('valence'),
  ),
  phrase(
    'tempo took its time|beat was unhurried|continents have drifted|chorus is expected by|late and unbothered',
    low('tempo'),
  ),
  phrase('brisk walk|overtaking tourists|office hours', mid('tempo')),
  phrase('hold on to your hat|beat is a quick one|runs between meetings|paid by the stroke', high('tempo')),
  phrase(
    'dance floor got the night off|guard the coats|fake a power cut|dance beats were not the point|floor is safe',
    low('danceability'),
  ),
  phrase('middle ground between dancing|nobody knocked over a lamp', mid('danceability')),
  phrase('kitchen floor|fridge stands still|clear instructions', high('danceability')),
  phrase('campfire guitar|no tree was involved', low('acousticness')),
  phrase('neither wood nor wire|neither the campfire nor', mid('acousticness')),
  phrase(
    'sounded acoustic|acoustic textures stood out|smell the wood|owns a porch|hear the cardigan|splinters included',
    high('acousticness'),
  ),
  phrase('voices (?:led|kept|have)|singers never leave|all song', low('instrumentalness')),
  phrase('singers (?:kept the microphone|have the floor)', low('instrumentalness'), low('speechiness')),
  phrase(
    'neither the singers nor the soloists|the singer is in today|midway between words',
    mid('instrumentalness'),
  ),
  phrase(
    'words took a back seat|words had the smaller part|works from home|karaoke night',
    high('instrumentalness'),
  ),
  phrase('chatty stuff|meeting with drums', high('speechiness')),
  phrase('no announcements|no small talk|library that happens', low('speechiness')),
  phrase(
    'audience can be heard|was that applause|deserves a songwriting|meter swears|suspected of having coughed|a stranger asked for',
    high('liveness'),
  ),
  phrase('nobody clapped|studio door was locked|looking for parking', low('liveness')),
  phrase('one trick|few moods|one idea|moved in, hung curtains', varietyIs('low')),
  phrase('some variety', varietyIs('mid')),
  phrase(
    'mood buffet|everything at once|every door in the house|make up your playlist|moods took turns',
    varietyIs('high'),
  ),
  whole(
    'could not bring itself to disappoint|could not (?:decide|agree)|refused to pick|pick a side|no spine|dead heat|' +
      'no single (?:leading mood|sound)|joint (?:first|gold)',
    tie,
  ),
  whole('sure of itself|one clear winner|nobody asked for a recount', clearLead),
  phrase('won by a mile', { ...clearLead, strength: 'strong' }),
  phrase(
    'lost by a whisker|hot on its heels|followed closely|margin is slim|nearly matched it|close behind:',
    narrowLead,
  ),
  whole('never took it off', mostly('happy', 'strong')),
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
    'steady as it was|much as it was before|nothing (?:has )?changed|no real change(?! in)|nothing to see here',
    still('everything'),
  ),
  compared(`no (?:real |clear )?change in (?:the )?${SUBJECT}`, ({ subject }) => [still(subjectOf(subject))]),
  whole(
    'no measure moved far|nothing moved much|no change (?:of sound )?large enough|(?:the )?same sound|a familiar sound|a sound much like before|changes (?:of sound )?worth reporting: none',
    still('sound'),
  ),
];

const counting: readonly Phrase[] = [
  phrase(
    'c[ao]me back to|kept (?:returning|coming back|playing)|heavy rotation|returned (?:to )?most|on repeat|repeat(?:ed|edly)? (?:most|plays?)|replay(?:ed|s)|played (?:most|over and over|again and again)|' +
      'most[- ]played|regular companion|kept you the most company|know every step',
    playsCounted,
  ),
];

/** Words that mean the same whoever writes them. */
export const literal: readonly Phrase[] = [...levels, ...spreads, ...plainly, ...changes, ...counting];

/** And the figures of speech of the templates, which may be a joke about something else where another writes them. */
export const all: readonly Phrase[] = [...literal, ...figures];
