import { v5, v7 } from 'uuid';

/** Namespace of the ids that must come out the same on a second try; never changed, or they would not. */
const NAMESPACE = 'b6a5d0c2-6f1e-5c3b-9a67-0d6e5f1c2a44';

/** A new UUIDv7: sorts by the time it was made. */
export const newId = (): string => v7();

/** The UUIDv5 of the parts: the same parts give the same id, in any process and at any time. */
export const derivedId = (...parts: readonly string[]): string => v5(parts.join('\u0000'), NAMESPACE);
