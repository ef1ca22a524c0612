import { randomBytes } from 'node:crypto';
import { LockMode } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import { Inject, Injectable } from '@nestjs/common';
import { KEY_BYTES } from '@undertone/platform/crypto/aes-gcm';
import { FieldEncryption, UndecryptableField } from '@undertone/platform/crypto/field-encryption';
import { isOlder, openOlder } from './older-tokens.js';
import { PersonKey, type PersonKeyRow } from './person-key.entity.js';
import { PersonSecrets, type SecretKind } from './person-secrets.js';
import { NO_REFRESH_TOKEN, type VaultRow } from './vault-entry.entity.js';

export type TokenColumn = 'accessToken' | 'refreshToken';

const kinds = {
  accessToken: 'spotify/access-token',
  refreshToken: 'spotify/refresh-token',
} as const satisfies Record<TokenColumn, SecretKind>;

// A storage format: a key decrypts under the very context it was encrypted with.
const contextOf = (userId: string): string => `token.person_key/${userId}`;

/** A person's key under the newest key of the settings. @throws {UndecryptableField} */
export const rewrapKey = (
  encryption: FieldEncryption,
  { userId, sealedKey }: Pick<PersonKeyRow, 'userId' | 'sealedKey'>,
): Pick<PersonKeyRow, 'sealedKey'> => ({ sealedKey: encryption.rewrap(sealedKey, contextOf(userId)) });

/** Encrypts and decrypts what people trust this system with, each under their own key. */
@Injectable()
export class Vault {
  constructor(@Inject(FieldEncryption) private readonly encryption: FieldEncryption) {}

  /**
   * The person's key, made where they have none. It cannot be destroyed until the transaction ends; whoever locks the
   * person's rows as well does that afterwards, so that no two wait for each other.
   */
  async secretsOf(transaction: EntityManager, userId: string): Promise<PersonSecrets> {
    const key = randomBytes(KEY_BYTES).toString('base64');
    const made = {
      userId,
      version: randomBytes(4).toString('hex'),
      sealedKey: this.encryption.encrypt(key, contextOf(userId)),
      createdAt: new Date(),
    };
    await transaction.upsert(PersonKey, made, { onConflictAction: 'ignore', disableIdentityMap: true });
    return this.opened(
      await transaction.findOneOrFail(
        PersonKey,
        { userId },
        { lockMode: LockMode.PESSIMISTIC_READ, disableIdentityMap: true },
      ),
    );
  }

  sealTokens(secrets: PersonSecrets, tokens: Record<TokenColumn, string>): Record<TokenColumn, string> {
    const { accessToken, refreshToken } = tokens;
    return {
      accessToken: secrets.seal(kinds.accessToken, accessToken),
      refreshToken:
        refreshToken === NO_REFRESH_TOKEN ? NO_REFRESH_TOKEN : secrets.seal(kinds.refreshToken, refreshToken),
    };
  }

  /** @throws {UndecryptableField} when it was written with another key, or for another row or column. */
  async openToken(
    em: EntityManager,
    row: Pick<VaultRow, 'userId' | 'provider' | TokenColumn>,
    column: TokenColumn,
  ): Promise<string> {
    const stored = row[column];
    if (isOlder(stored)) return openOlder(this.encryption, row, column);
    const key = await em.findOne(PersonKey, { userId: row.userId }, { disableIdentityMap: true });
    if (!key) throw new UndecryptableField();
    return this.opened(key).open(kinds[column], stored);
  }

  private opened({ userId, version, sealedKey }: PersonKeyRow): PersonSecrets {
    const key = this.encryption.decrypt(sealedKey, contextOf(userId));
    return new PersonSecrets(userId, version, Buffer.from(key, 'base64'));
  }
}
