import { derivedId } from './ids.js';

/**
 * What stands for a person where it has to be known later that it was the same person, and nobody is to learn who: in the audit, and
 * in the list of erasures. An id of ours has 74 random bits, so whoever has the pseudonym alone does not find it; whoever has the id
 * finds the pseudonym. Both keep pseudonyms for years: it must never come out differently.
 */
export const pseudonymOf = (userId: string): string => derivedId('pseudonym', userId.toLowerCase());
