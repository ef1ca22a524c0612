/**
 * Different tracks whose measure, or mood, must be known before a value is told; below, it is null. However often a
 * track was played, it is one. The reason for each number is in docs/measures.md.
 */
export const minimumTracks = { mean: 5, deviation: 10, diversity: 10 } as const;
