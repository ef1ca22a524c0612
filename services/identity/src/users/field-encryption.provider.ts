import { MikroORM } from '@mikro-orm/postgresql';
import type { FactoryProvider } from '@nestjs/common';
import { FieldEncryption, UndecryptableField } from '@undertone/platform/crypto/field-encryption';
import { SETTINGS } from '@undertone/platform/nest/tokens';
import { InvalidSettings } from '@undertone/platform/settings/load-settings';
import type { IdentitySettings } from '../settings.js';
import { openPerson } from './personal-data.js';
import { User } from './user.entity.js';

/**
 * The encryption of this service's columns. A key that cannot read the newest row stops the start: under another key
 * no known person would be found by fingerprint, and everybody would be registered a second time.
 */
export const fieldEncryption: FactoryProvider<FieldEncryption> = {
  provide: FieldEncryption,
  inject: [MikroORM, SETTINGS],
  async useFactory(orm: MikroORM, settings: IdentitySettings) {
    const encryption = new FieldEncryption(settings.FIELD_ENCRYPTION_KEY);
    const [newest] = await orm.em.fork().find(User, {}, { orderBy: { id: 'desc' }, limit: 1 });
    try {
      if (newest) openPerson(encryption, newest);
    } catch (error) {
      if (!(error instanceof UndecryptableField)) throw error;
      throw new InvalidSettings('identity', [
        'FIELD_ENCRYPTION_KEY: is not the key that the stored users were encrypted with',
      ]);
    }
    return encryption;
  },
};
