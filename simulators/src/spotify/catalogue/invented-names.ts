import { integer, uniform } from '../../random.js';

const ARTIST_STARTS = ['Brim', 'Velk', 'Ondra', 'Tarn', 'Quell', 'Ister', 'Mave', 'Pollo', 'Grith', 'Sarn'];
const ARTIST_ENDS = [
  'tide',
  'owick',
  'lune',
  'ery',
  'isk',
  'haven',
  'moth',
  'adore',
  'field',
  'ossa',
  'wren',
  'ilde',
];
const TITLE_STARTS = [
  'Paper',
  'Borrowed',
  'Slow',
  'Copper',
  'Second',
  'Empty',
  'Salted',
  'Northern',
  'Unsent',
  'Quiet',
  'Crooked',
  'Silver',
  'Winter',
  'Electric',
  'Half',
  'Painted',
  'Hollow',
  'Morning',
  'Distant',
  'Velvet',
];
const TITLE_ENDS = [
  'Lanterns',
  'Staircase',
  'Weather',
  'Kites',
  'Harbour',
  'Letters',
  'Orchard',
  'Signal',
  'Ceiling',
  'Tramline',
  'Gardens',
  'Radio',
  'Arithmetic',
  'Shoreline',
  'Matches',
  'Corridor',
  'Almanac',
  'Thunder',
  'Postcards',
  'Atlas',
  'Bicycles',
  'Snowfall',
  'Telescope',
  'Mirrors',
];

function at(list: readonly string[], index: number): string {
  return list[index % list.length] ?? '';
}

/** The name of the nth invented artist; the first 120 are all different. */
export function inventedArtistName(index: number): string {
  const start = at(ARTIST_STARTS, index);
  const end = at(ARTIST_ENDS, Math.floor(index / ARTIST_STARTS.length) + (index % ARTIST_STARTS.length) * 5);
  const name = `${start}${end}`;
  return uniform('article', index) < 0.25 ? `The ${name}s` : name;
}

/** The title of the nth invented track; titles of different artists may be the same, as in life. */
export function inventedTitle(index: number): string {
  const start = at(TITLE_STARTS, integer(0, 19, 'title start', index));
  const end = at(TITLE_ENDS, integer(0, 23, 'title end', index));
  return uniform('title form', index) < 0.2 ? `${end} (${start} Version)` : `${start} ${end}`;
}

/** The name of an artist's nth invented album. */
export function inventedAlbumName(artist: number, album: number): string {
  return `${at(TITLE_ENDS, artist * 7 + album * 3)} for ${at(TITLE_ENDS, artist * 5 + album * 11 + 9)}`;
}
