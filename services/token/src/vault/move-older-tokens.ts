import { LockMode } from '@mikro-orm/core';
import type { MikroORM } from '@mikro-orm/postgresql';
import { type FieldEncryption, UndecryptableField } from '@undertone/platform/crypto/field-encryption';
import type { Logger } from '@undertone/platform/logging/logger';
import { InvalidSettings } from '@undertone/platform/settings/load-settings';
import { isOlder, openOlder } from './older-tokens.js';
import { Vault } from './vault.js';
import { VaultEntry, type VaultRow } from './vault-entry.entity.js';

const BATCH = 100;
const older = { $or: [{ refreshToken: { $like: 'v1.%' } }, { refreshToken: { $like: 'v2.%' } }] };

/**
 * Puts tokens of a release in which people had no keys of their own under those keys. What is damaged stays as it is.
 * @throws {InvalidSettings} when tokens stand under a key that is missing.
 */
export async function moveOlderTokens(
  orm: MikroORM,
  encryption: FieldEncryption,
  log: Logger,
): Promise<void> {
  const vault = new Vault(encryption);
  for (let after: string | undefined; ; ) {
    const keys = await orm.em.fork().find(
      VaultEntry,
      { ...older, ...(after && { userId: { $gt: after } }) },
      {
        orderBy: { userId: 'asc' },
        limit: BATCH,
        fields: ['userId', 'provider'],
        disableIdentityMap: true,
      },
    );
    for (const { userId, provider } of keys) {
      await orm.em.fork().transactional(async (em) => {
        const secrets = await vault.secretsOf(em, userId);
        const row = await em.findOne(
          VaultEntry,
          { userId, provider },
          { lockMode: LockMode.PESSIMISTIC_WRITE },
        );
        if (!row || !isOlder(row.refreshToken)) return;
        const tokens = opened(encryption, row, log);
        if (tokens) Object.assign(row, vault.sealTokens(secrets, tokens));
      });
    }
    after = keys.at(-1)?.userId;
    if (keys.length < BATCH) return;
  }
}

function opened(encryption: FieldEncryption, row: VaultRow, log: Logger) {
  const [format, keyId = ''] = row.refreshToken.split('.');
  const isKnown = format === 'v2' && encryption.keyIds.includes(keyId);
  try {
    return {
      accessToken: openOlder(encryption, row, 'accessToken'),
      refreshToken: openOlder(encryption, row, 'refreshToken'),
    };
  } catch (error) {
    if (!(error instanceof UndecryptableField)) throw error;
    if (isKnown) {
      log.error({ user_id: row.userId, code: error.code }, 'a row cannot be decrypted');
      return undefined;
    }
    throw new InvalidSettings('token', [
      `FIELD_ENCRYPTION_KEY: tokens stand under ${format === 'v2' ? `the key ${keyId}` : 'a key'}, ` +
        `which is not among the keys ${encryption.keyIds.join(', ')}`,
    ]);
  }
}
