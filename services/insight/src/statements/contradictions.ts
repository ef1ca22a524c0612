import type { Statement, Subject } from './statement.js';

const AMOUNTS: readonly Subject[] = ['plays', 'tracks', 'hours'];

/** Whether what is said of the first is said of the second too. */
const covers = (general: Subject, subject: Subject): boolean =>
  general === subject ||
  general === 'everything' ||
  (general === 'sound' && subject !== 'everything' && !AMOUNTS.includes(subject));

/**
 * Whether no snapshot could have both: another direction of the same thing, or a slight and a strong one of the same
 * direction. That nothing changed is contradicted by anything that did.
 */
export function contradict(a: Statement, b: Statement): boolean {
  if (a.measure !== b.measure) return false;
  if (a.measure === 'change' && a.direction !== b.direction) {
    const [none, other] = a.direction === 'mid' ? [a, b] : [b, a];
    if (none.direction === 'mid') return covers(none.subject, other.subject);
  }
  if (a.subject !== b.subject) return false;
  const strengths = [a.strength, b.strength];
  return a.direction !== b.direction || (strengths.includes('slight') && strengths.includes('strong'));
}

/** A statement, and where it was made. */
export interface Said {
  readonly statement: Statement;
  /** The words, or what else tells a reader of a report where to look. */
  readonly where: string;
}

/** Every pair that contradicts itself, each once. */
export const contradictions = (said: readonly Said[]): [Said, Said][] =>
  said.flatMap((one, at) =>
    said
      .slice(at + 1)
      .filter((other) => contradict(one.statement, other.statement))
      .map((other): [Said, Said] => [one, other]),
  );
