import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import type { AskerName } from '@undertone/contracts/service-name';

/** One time that a person's access token was handed to a service: who, when, and for what; never the token. */
export const TokenUse = defineEntity({
  name: 'TokenUse',
  tableName: 'token_use',
  indexes: [{ properties: ['userId', 'id'] }, { properties: ['usedAt'] }],
  properties: {
    id: p.uuid().primary(),
    userId: p.uuid(),
    provider: p.string().$type<'spotify'>(),
    usedAt: p.datetime(),
    service: p.string().length(20).$type<AskerName>(),
    /** Null: the service named none. */
    taskId: p.uuid().nullable(),
    refreshed: p.boolean(),
  },
});
export type TokenUseRow = InferEntity<typeof TokenUse>;
