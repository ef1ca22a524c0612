import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import type { Scope } from '@undertone/contracts/access/principal';

/** A key that a person made for a program. */
export const ApiKey = defineEntity({
  name: 'ApiKey',
  tableName: 'api_key',
  indexes: [
    { properties: ['userId'] },
    { name: 'api_key_ended_at_index', properties: ['endedAt'], where: 'ended_at is not null' },
  ],
  properties: {
    id: p.uuid().primary(),
    userId: p.uuid(),
    name: p.string().length(100),
    /** SHA-256 of the key: it is random, so that nothing slower is needed. */
    keyHash: p.string().length(43).unique(),
    scopes: p.json<Scope[]>(),
    createdAt: p.datetime(),
    expiresAt: p.datetime().nullable(),
    lastUsedAt: p.datetime().nullable(),
    endedAt: p.datetime().nullable(),
  },
});
export type ApiKeyRow = InferEntity<typeof ApiKey>;
