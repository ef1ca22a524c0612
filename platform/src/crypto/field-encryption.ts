import { createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { KEY_BYTES, open, seal } from './aes-gcm.js';

/** A value cannot be decrypted: none of the keys, another row, or damaged. */
export class UndecryptableField extends Error {
  readonly code = 'UNDECRYPTABLE_FIELD';
  constructor() {
    super('a stored value cannot be decrypted with the configured keys');
    this.name = 'UndecryptableField';
  }
}

/** One key from the settings, and what is derived from it. */
interface Key {
  /** Names the key without telling anything of it: 8 hexadecimal digits. */
  readonly id: string;
  readonly wrapping: Buffer;
  readonly index: Buffer;
}

function deriveKey(text: string): Key {
  const master = Buffer.from(text, 'base64');
  if (master.length !== KEY_BYTES) throw new Error('FIELD_ENCRYPTION_KEY must be 32 bytes in base64');
  const derive = (use: string) => Buffer.from(hkdfSync('sha256', master, '', `undertone ${use}`, KEY_BYTES));
  return { id: derive('id').toString('hex').slice(0, 8), wrapping: derive('wrap'), index: derive('index') };
}

/**
 * Envelope encryption of single values: each value has a data key of its own, which is stored with it, wrapped by a
 * key from the settings and named after it: `v2.<key id>.<wrapped data key>.<value>`. A value is bound to a context
 * (table, row, field), so it cannot be moved to another row.
 */
export class FieldEncryption {
  private readonly keys: readonly [Key, ...Key[]];

  /**
   * @param keys 32 random bytes in base64 each, separated by commas: the first encrypts, all of them decrypt.
   * @throws {Error} when one is not that long.
   */
  constructor(keys: string) {
    const [newest = '', ...older] = keys.split(',').map((key) => key.trim());
    this.keys = [deriveKey(newest), ...older.map(deriveKey)];
  }

  /** The ids of the keys; the first one's encrypts. */
  get keyIds(): readonly [string, ...string[]] {
    const [newest, ...older] = this.keys;
    return [newest.id, ...older.map(({ id }) => id)];
  }

  encrypt(value: string, context: string): string {
    const dataKey = randomBytes(KEY_BYTES);
    return this.stored(dataKey, seal(dataKey, Buffer.from(value, 'utf8'), context), context);
  }

  /** @throws {UndecryptableField} */
  decrypt(stored: string, context: string): string {
    return undecryptableAtWorst(() => {
      const { dataKey, sealed } = this.unwrapped(stored, context);
      return open(dataKey, sealed, context).toString('utf8');
    });
  }

  /**
   * The same value with its data key wrapped by the newest key; the value itself is neither opened nor changed.
   * @throws {UndecryptableField}
   */
  rewrap(stored: string, context: string): string {
    return undecryptableAtWorst(() => {
      const { dataKey, sealed } = this.unwrapped(stored, context);
      return this.stored(dataKey, sealed, context);
    });
  }

  /**
   * Keyed fingerprints by which an encrypted value can be found again, but not read: one under each key. The first one is
   * what is stored; a row that was not rewritten since another key was the newest has one of the others.
   */
  fingerprints(value: string, context: string): [string, ...string[]] {
    const under = ({ index }: Key) =>
      createHmac('sha256', index).update(`${context}\u0000${value}`).digest('base64url');
    const [newest, ...older] = this.keys;
    return [under(newest), ...older.map(under)];
  }

  private stored(dataKey: Buffer, sealed: Buffer, context: string): string {
    const [{ id, wrapping }] = this.keys;
    const parts = [seal(wrapping, dataKey, context), sealed];
    return `v2.${id}.${parts.map((part) => part.toString('base64url')).join('.')}`;
  }

  private unwrapped(stored: string, context: string): { dataKey: Buffer; sealed: Buffer } {
    const [version, ...parts] = stored.split('.');
    // The first version did not name its key.
    const [id, wrapped, sealed] = version === 'v1' ? [undefined, ...parts] : parts;
    if (!(version === 'v1' || version === 'v2') || !wrapped || !sealed) throw new UndecryptableField();
    const candidates = version === 'v1' ? this.keys : this.keys.filter((key) => key.id === id);
    for (const { wrapping } of candidates) {
      try {
        const dataKey = open(wrapping, Buffer.from(wrapped, 'base64url'), context);
        return { dataKey, sealed: Buffer.from(sealed, 'base64url') };
      } catch {
        // Not this key's.
      }
    }
    throw new UndecryptableField();
  }
}

function undecryptableAtWorst<T>(work: () => T): T {
  try {
    return work();
  } catch {
    throw new UndecryptableField();
  }
}
