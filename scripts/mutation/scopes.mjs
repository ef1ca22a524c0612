/**
 * What the soak mutates: the platform, and the rules of the two services that have most of them.
 *
 * @type {readonly { name: string, words: readonly string[], atLeast: number }[]} `words` as in `npm run mutation`;
 *   `atLeast`: the score, in percent, below which the soak fails
 */
export const scopes = [
  { name: 'platform', words: [], atLeast: 90 },
  {
    name: 'ingestion',
    words: ['moods/', 'snapshots/', 'history/', 'listening-log/', 'imports/', 'shown-snapshots/'],
    atLeast: 97,
  },
  { name: 'insight', words: [], atLeast: 85 },
];
