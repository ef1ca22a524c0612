import { describe, expect, it } from 'vitest';
import { contradict, contradictions, type Said } from './contradictions.js';
import { clearLead, high, inWords, low, mid, narrowLead, still, tie, up } from './statement.js';
import { statementsIn } from './statements-in.js';

const read = (...texts: string[]): Said[] =>
  texts.flatMap((body) => statementsIn({ title: '', body, highlights: [], tips: [] }));
const found = (...texts: string[]) =>
  contradictions(read(...texts)).map((pair) => pair.map(({ where }) => where.toLowerCase()));

describe('two statements contradict each other', () => {
  it.each([
    ['high and middling loudness', high('loudness'), mid('loudness'), true],
    ['high loudness and high energy', high('loudness'), high('energy'), false],
    ['loudness that is high, and varies', high('loudness'), { ...low('loudness'), measure: 'spread' }, false],
    ['a tie and a clear lead', tie, clearLead, true],
    ['a narrow lead and a strong one', narrowLead, { ...clearLead, strength: 'strong' }, true],
    ['a slight rise and a strong one', up('energy', 'slight'), up('energy', 'strong'), true],
    ['a rise and a strong one', up('energy'), up('energy', 'strong'), false],
    ['nothing changed, and plays did', still('everything'), up('plays'), true],
    ['the sound is the same, and plays changed', still('sound'), up('plays'), false],
    ['the sound is the same, and energy changed', still('sound'), up('energy'), true],
    ['nothing changed at all, nor the sound', still('everything'), still('sound'), false],
  ] as const)('%s: %#', (_, a, b, isContradiction) => {
    expect(contradict(a, b)).toBe(isContradiction);
    expect(contradict(b, a)).toBe(isContradiction);
  });
});

describe('texts that contradicted each other do again when they are put back', () => {
  it('a spread of 0.21 that was moderate in one and fairly even in another', () =>
    expect(found('Moderate variation in energy (spread 0.21).', 'Fairly even: energy spread 0.21.')).toEqual([
      ['moderate variation in energy', 'fairly even: energy spread'],
    ]));

  it('no brakes, beside neither hushed nor pressed', () =>
    expect(
      found(
        'Energetic led over recent weeks. Your music has no brakes.',
        'Recordings averaged -9.1 dB, neither hushed nor pressed to the limit.',
      ),
    ).toEqual([['no brakes', 'neither hushed nor pressed']]));

  it('neighbours who keep a diary, beside too quiet', () =>
    expect(
      found('Loudness of -18.2 dB. The neighbours keep a diary.', 'At -18.2 dB this is too quiet to notice.'),
    ).toEqual([['neighbours keep a diary', 'too quiet']]));

  it('steady as it was, beside more plays', () =>
    expect(
      found('Steady as it was\n\nThat is 24 more plays than in the weeks before, which had 40 plays.'),
    ).toEqual([['steady as it was', '24 more plays']]));

  it('music that could not disappoint anyone, and is sure of itself', () =>
    expect(
      found(
        'Your music could not bring itself to disappoint anyone, so happy and sad share first place.',
        'Do not change a thing; music this sure of itself is rare.',
      ),
    ).toEqual([
      ['share first place', 'sure of itself'],
      ['could not bring itself to disappoint', 'sure of itself'],
    ]));
});

describe('what is read in a text', () => {
  const said = (text: string) => read(text).map(({ statement }) => inWords(statement));

  it.each([
    ['These were loud recordings, -5.0 dB on average.', 'level of loudness: high'],
    ['Energy was moderate and brightness was low.', 'level of energy: mid'],
    ['Brightness varied widely between tracks.', 'spread of valence: high'],
    ['The happy share jumped from 10% to 40%.', 'change of happy: strong high'],
    ['Energy fell, from 0.62 to 0.48.', 'change of energy: low'],
    ['There is 1 fewer play than in the week before.', 'change of plays: low'],
    ['The sound you came back to most was happy.', 'counting of plays: high'],
    ['Most of your music sounded calm.', 'share of calm: high'],
    ['Everyone else lost by a whisker.', 'lead of moods: mid'],
  ])('%s', (text, statement) => expect(said(text)).toContain(statement));

  it.each([
    'From low energy to another.',
    'These were not loud recordings.',
    'Nothing here has low energy.',
    'It had high energy before.',
    'The beat kept a diary of its neighbours.',
    'Louder than a whisper, quieter than a storm.',
  ])('is not what was, or is not: %s', (text) => expect(said(text)).toEqual([]));

  it('leaves alone what tips ask for, and reads what they tell', () => {
    const of = (tip: string) => statementsIn({ title: '', body: '', highlights: [], tips: [tip] });
    expect(of('Try loud recordings.')).toEqual([]);
    expect(of('Since energy was high, try a rest.').map(({ where }) => where)).toEqual(['energy was high']);
  });
});
