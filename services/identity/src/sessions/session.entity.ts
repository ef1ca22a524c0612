import { defineEntity, type InferEntity, p } from '@mikro-orm/core';

/** A device that somebody is signed in on, and the family of its refresh tokens (`refresh-token.ts`). */
export const Session = defineEntity({
  name: 'Session',
  tableName: 'session',
  indexes: [
    { properties: ['userId'] },
    { name: 'session_reuse_found_at_index', properties: ['id'], where: 'reuse_found_at is not null' },
    { name: 'session_ended_at_index', properties: ['endedAt'], where: 'ended_at is not null' },
  ],
  properties: {
    id: p.uuid().primary(),
    userId: p.uuid(),
    device: p.string().length(100),
    /** SHA-256 of the refresh token that is good now. */
    tokenHash: p.string().length(43),
    /** What a token's successor is computed with. */
    chainKey: p.string().length(43),
    /** How many tokens came before this one. */
    rotations: p.integer(),
    /** How many before this one were given and never shown: the token before those stays good (`refresh-token.ts`). */
    skipped: p.integer().default(0),
    /** Whether somebody has shown this one. */
    isShown: p.boolean().default(false),
    createdAt: p.datetime(),
    rotatedAt: p.datetime(),
    endedAt: p.datetime().nullable(),
    /** The passkey or linked account that the person came by; null: a password, or an earlier release began it. */
    startedBy: p.uuid().nullable(),
    /** When a spent token was shown, as long as the log does not have that yet (`record-reuse.ts`). */
    reuseFoundAt: p.datetime().nullable(),
  },
});
export type SessionRow = InferEntity<typeof Session>;
