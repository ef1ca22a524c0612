import { MikroORM } from '@mikro-orm/postgresql';
import type { FactoryProvider } from '@nestjs/common';
import { FieldEncryption, UndecryptableField } from '@undertone/platform/crypto/field-encryption';
import { SETTINGS } from '@undertone/platform/nest/tokens';
import { InvalidSettings } from '@undertone/platform/settings/load-settings';
import type { TokenSettings } from '../settings.js';
import { openToken } from './sealed-tokens.js';
import { VaultEntry } from './vault-entry.entity.js';

/**
 * The encryption of the vault. A key that cannot read the newest entry stops the start: it is better to have no token
 * service than one that tells everybody to sign in again.
 */
export const fieldEncryption: FactoryProvider<FieldEncryption> = {
  provide: FieldEncryption,
  inject: [MikroORM, SETTINGS],
  async useFactory(orm: MikroORM, settings: TokenSettings) {
    const encryption = new FieldEncryption(settings.FIELD_ENCRYPTION_KEY);
    const [newest] = await orm.em
      .fork()
      .find(VaultEntry, {}, { orderBy: { userId: 'desc', provider: 'desc' }, limit: 1 });
    try {
      if (newest) openToken(encryption, newest, 'refreshToken');
    } catch (error) {
      if (!(error instanceof UndecryptableField)) throw error;
      throw new InvalidSettings('token', [
        'FIELD_ENCRYPTION_KEY: is not the key that the stored tokens were encrypted with',
      ]);
    }
    return encryption;
  },
};
