/**
 * What the soak mutates: the platform, and the rules of the two services that have most of them.
 *
 * @type {readonly { name: string, words: readonly string[], atLeast: number }[]} `words` as in `npm run mutation`;
 *   `atLeast`: the score, in percent, below which the soak fails; a little below the last one in CONTRIBUTING
 */
export const scopes = [
  { name: 'platform', words: [], atLeast: 88 },
  {
    name: 'ingestion',
    words: ['moods/', 'snapshots/', 'history/', 'listening-log/', 'imports/', 'shown-snapshots/'],
    atLeast: 95,
  },
  {
    name: 'insight',
    words: ['facts/', 'reuse/', 'replays/', 'replay-run/', 'replay-admin/', 'feedback/', 'prompts/'],
    atLeast: 75,
  },
  { name: 'insight', words: ['checks/', 'types/'], atLeast: 85 },
];
