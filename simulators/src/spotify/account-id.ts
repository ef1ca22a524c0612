import { createHash } from 'node:crypto';

/** What a person's account is called for ever, while their id may change (Spotify Web API, `GET /me`, checked 2026-11). */
export const accountIdOf = (user: string): string =>
  createHash('sha256').update(`account of ${user}`).digest('hex').slice(0, 10);
