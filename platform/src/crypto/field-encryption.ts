import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';

/** A value cannot be decrypted: another key, another row, or damaged. */
export class UndecryptableField extends Error {
  readonly code = 'UNDECRYPTABLE_FIELD';
  constructor() {
    super('a stored value cannot be decrypted with the configured key');
    this.name = 'UndecryptableField';
  }
}

const ALGORITHM = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;

/**
 * Envelope encryption of single values: each value has a data key of its own, which is stored with it, wrapped by
 * the key from the settings. A value is bound to a context (table, row, field), so it cannot be moved to another
 * row. AES-256-GCM as in NIST SP 800-38D, 96-bit random nonces.
 */
export class FieldEncryption {
  private readonly wrappingKey: Buffer;
  private readonly indexKey: Buffer;

  /** @param key 32 random bytes, base64. @throws {Error} when it is not that long. */
  constructor(key: string) {
    const master = Buffer.from(key, 'base64');
    if (master.length !== KEY_BYTES) throw new Error('FIELD_ENCRYPTION_KEY must be 32 bytes in base64');
    this.wrappingKey = Buffer.from(hkdfSync('sha256', master, '', 'undertone wrap', KEY_BYTES));
    this.indexKey = Buffer.from(hkdfSync('sha256', master, '', 'undertone index', KEY_BYTES));
  }

  encrypt(value: string, context: string): string {
    const dataKey = randomBytes(KEY_BYTES);
    const parts = [
      seal(this.wrappingKey, dataKey, context),
      seal(dataKey, Buffer.from(value, 'utf8'), context),
    ];
    return `v1.${parts.map((part) => part.toString('base64url')).join('.')}`;
  }

  /** @throws {UndecryptableField} */
  decrypt(stored: string, context: string): string {
    const [version, wrapped, sealed] = stored.split('.');
    if (version !== 'v1' || !wrapped || !sealed) throw new UndecryptableField();
    try {
      const dataKey = open(this.wrappingKey, Buffer.from(wrapped, 'base64url'), context);
      return open(dataKey, Buffer.from(sealed, 'base64url'), context).toString('utf8');
    } catch {
      throw new UndecryptableField();
    }
  }

  /** A keyed fingerprint by which an encrypted value can be found again, but not read. */
  fingerprint(value: string, context: string): string {
    return createHmac('sha256', this.indexKey).update(`${context}\u0000${value}`).digest('base64url');
  }
}

function seal(key: Buffer, plain: Buffer, context: string): Buffer {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, iv).setAAD(Buffer.from(context));
  return Buffer.concat([iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

function open(key: Buffer, sealed: Buffer, context: string): Buffer {
  const iv = sealed.subarray(0, IV_BYTES);
  const tag = sealed.subarray(sealed.length - TAG_BYTES);
  const decipher = createDecipheriv(ALGORITHM, key, iv).setAAD(Buffer.from(context)).setAuthTag(tag);
  return Buffer.concat([decipher.update(sealed.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()]);
}
