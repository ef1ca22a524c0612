import { KEY_BYTES, open, seal } from '@undertone/platform/crypto/aes-gcm';
import { UndecryptableField } from '@undertone/platform/crypto/field-encryption';

/** What a person may keep in the vault; a storage format. */
export type SecretKind = 'spotify/access-token' | 'spotify/refresh-token';

/**
 * A person's key, open: encrypts and decrypts their secrets as `v3.<version of the key>.<value>`. The person, the kind and
 * the version are authenticated with each value: in another row, column or person's name it does not decrypt.
 */
export class PersonSecrets {
  constructor(
    private readonly userId: string,
    private readonly version: string,
    private readonly key: Buffer,
  ) {
    if (key.length !== KEY_BYTES) throw new UndecryptableField();
  }

  seal(kind: SecretKind, secret: string): string {
    const sealed = seal(this.key, Buffer.from(secret, 'utf8'), this.contextOf(kind));
    return `v3.${this.version}.${sealed.toString('base64url')}`;
  }

  /** @throws {UndecryptableField} */
  open(kind: SecretKind, stored: string): string {
    const [format, version, sealed] = stored.split('.');
    if (format !== 'v3' || version !== this.version || !sealed) throw new UndecryptableField();
    try {
      return open(this.key, Buffer.from(sealed, 'base64url'), this.contextOf(kind)).toString('utf8');
    } catch {
      throw new UndecryptableField();
    }
  }

  // A storage format, as the kinds are.
  private contextOf(kind: SecretKind): string {
    return `undertone vault/${this.userId}/${kind}/${this.version}`;
  }
}
