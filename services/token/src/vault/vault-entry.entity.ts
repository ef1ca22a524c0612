import { defineEntity, type InferEntity, p } from '@mikro-orm/core';

/** In the place of a refresh token: there is none. */
export const NO_REFRESH_TOKEN = '';

/** A person's tokens at a provider, encrypted with the person's key (`person-secrets.ts`). */
export const VaultEntry = defineEntity({
  name: 'VaultEntry',
  tableName: 'vault_entry',
  indexes: [
    {
      name: 'vault_entry_unsaid_index',
      properties: ['userId'],
      where:
        'announced = false or removed_at is not null or (relink_required_at is not null and relink_said = false)',
    },
    { name: 'vault_entry_due_index', properties: ['storedAt'], where: 'relink_required_at is null' },
  ],
  properties: {
    userId: p.uuid().primary(),
    provider: p.string().$type<'spotify'>().primary(),
    accessToken: p.text(),
    /** Empty where none came with the access token: nothing renews that. */
    refreshToken: p.text(),
    /** When the access token ends; moves with every refresh. */
    expiresAt: p.datetime(),
    /** Null: unknown, because they were not given with the tokens and no refresh has told them. */
    scopes: p.json<string[]>().nullable(),
    storedAt: p.datetime(),
    /** When the access token ended that was stored: what the event says, whenever it is appended. */
    storedUntil: p.datetime(),
    /** Since when the provider refuses the refresh token; null again once new tokens are stored. */
    relinkRequiredAt: p.datetime().nullable(),
    /** Whether the log confirmed that the person has to sign in there again. */
    relinkSaid: p.boolean().default(false),
    /** How many days ahead the log last said that the authorization ends. */
    dueSaid: p.integer().nullable(),
    /** Since when the person is disconnected: the tokens are gone, and the row goes once the log has it. */
    removedAt: p.datetime().nullable(),
    /** Made anew by every store, and derived from its idempotency key where it has one; the id of its event is derived from it. */
    storeId: p.uuid(),
    /** Whether the log confirmed the event of this store. */
    announced: p.boolean(),
    /** Stream sequence up to which this row has seen the link's events. */
    logSequence: p.bigint('number'),
  },
});
export type VaultRow = InferEntity<typeof VaultEntry>;
