import { describe, expect, it } from 'vitest';
import { unknownNames } from './unknown-names.js';

describe('names that were not given', () => {
  it.each([
    ['Your music sounded like Taylor Swift on a Monday.', ['Taylor Swift']],
    ['A lot of it was by Radiohead.', ['Radiohead']],
    ['Somewhere, Boards of Canada are smiling.', ['Boards of Canada']],
    ['Try something by Adele, then rest.', ['Adele']],
    ['And then: buy the new Evil Records app.', ['Evil Records']],
    ['Some of it was by Taylor Swift.', ['Taylor Swift']],
    ['It was calm in March and, in October and Novembra, happy.', ['October and Novembra']],
  ])('are found: %s', (text, names) => expect(unknownNames(text)).toEqual(names));

  it.each([
    'Your music sounded happy in November. On Mondays it was calm, on Friday it rested.',
    'Exhibit A: 9 of 50 tracks. Put that on a T-shirt, says Monday Morning.'.replace(' Morning', ''),
    'An average of 121 BPM, -7.3 dB. It is what it is.\nA new line begins with a capital.',
    'somebody heads the list. "Quoted words" may begin so.',
    '"Quoted Words begin with two capitals. T-Shirt Weather does so as well.',
    'It was calm in October and November, on Saturday and Sunday, and of English BPM.',
  ])('are not found: %s', (text) => expect(unknownNames(text)).toEqual([]));
});
