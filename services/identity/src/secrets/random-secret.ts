import { createHash, randomBytes } from 'node:crypto';

/** What is stored of a secret that has 256 random bits, which nobody can guess from its hash. */
export const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('base64url');

/** 256 random bits, in base64url. */
export const randomSecret = (): string => randomBytes(32).toString('base64url');
