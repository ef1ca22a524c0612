import { defineEntity, p } from '@mikro-orm/core';

/** Why a provider takes no calls: too many in a short time, or the account's quota. */
export type PauseKind = 'rate' | 'quota';

/** Until when a provider has told a developer account to wait. No read model: it was heard once, and is in no event. */
export const ProviderPause = defineEntity({
  name: 'ProviderPause',
  tableName: 'provider_pause',
  properties: {
    account: p.string().primary(),
    kind: p.string().$type<PauseKind>().primary(),
    resumeAt: p.datetime(),
  },
});
