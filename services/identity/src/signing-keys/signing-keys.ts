import { MikroORM } from '@mikro-orm/postgresql';
import { Inject, Injectable } from '@nestjs/common';
import {
  ACCESS_TOKEN_ALGORITHM,
  ACCESS_TOKEN_SECONDS,
  type SigningKeys as Published,
} from '@undertone/contracts/sign-in/access-token';
import { FieldEncryption, UndecryptableField } from '@undertone/platform/crypto/field-encryption';
import type { Logger } from '@undertone/platform/logging/logger';
import { LOGGER, SETTINGS } from '@undertone/platform/nest/tokens';
import {
  type CryptoKey,
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK,
} from 'jose';
import type { IdentitySettings } from '../settings.js';
import { SigningKey, type SigningKeyRow } from './signing-key.entity.js';

const DAY_MS = 24 * 60 * 60 * 1000;
/** How long what was read of the table is good: as long as another replica's new key may be unknown here. */
const KEPT_MS = 5_000;
/** A key signs only when whoever keeps the published ones had this long to see it. */
const PUBLISHED_BEFORE_MS = 60_000;
/** A key stays published after another signs for as long as a token of it may live, twice over. */
const PUBLISHED_AFTER_MS = 2 * ACCESS_TOKEN_SECONDS * 1000;

interface Keys {
  readonly signer: { readonly kid: string; readonly key: CryptoKey };
  readonly published: Published;
  readonly readAt: number;
}

/**
 * The keys that sign access tokens: all replicas use those of the table. One is made where there is none, and another every
 * `SIGNING_KEY_DAYS`; the old one goes on being published until its last token has ended.
 */
@Injectable()
export class SigningKeys {
  private read: Promise<Keys> | undefined;
  private good = 0;

  constructor(
    @Inject(MikroORM) private readonly orm: MikroORM,
    @Inject(FieldEncryption) private readonly encryption: FieldEncryption,
    @Inject(SETTINGS) private readonly settings: IdentitySettings,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  /** The key that signs now. */
  async signer(): Promise<Keys['signer']> {
    return (await this.keys()).signer;
  }

  /** The public halves of all keys that a token may be signed with. */
  async published(): Promise<Published> {
    return (await this.keys()).published;
  }

  private keys(): Promise<Keys> {
    if (this.read && this.good > Date.now()) return this.read;
    this.good = Date.now() + KEPT_MS;
    const read = this.load();
    this.read = read;
    // A failure is not kept.
    read.catch(() => {
      if (this.read === read) this.read = undefined;
    });
    return read;
  }

  private async load(): Promise<Keys> {
    return this.orm.em.fork().transactional(async (em) => {
      await em.execute("select pg_advisory_xact_lock(hashtextextended('identity.signing_key', 0))");
      const now = Date.now();
      let rows = await em.find(SigningKey, {}, { orderBy: { createdAt: 'desc' } });
      const [newest] = rows;
      const isDue = !newest || now - newest.createdAt.getTime() > this.settings.SIGNING_KEY_DAYS * DAY_MS;
      if (isDue || !this.privateKeyOf(newest)) {
        const made = em.create(SigningKey, await this.newRow());
        rows = [made, ...rows];
      }
      // A key's last token was signed when its successor had been published for long enough.
      const superseded = rows.filter((_, at) => {
        const successor = rows[at - 1];
        return successor && now - successor.createdAt.getTime() > PUBLISHED_BEFORE_MS + PUBLISHED_AFTER_MS;
      });
      for (const row of superseded) em.remove(row);
      const kept = rows.filter((row) => !superseded.includes(row));
      const usable = kept.filter((row) => this.privateKeyOf(row) !== undefined);
      const known = usable.find(({ createdAt }) => now - createdAt.getTime() >= PUBLISHED_BEFORE_MS);
      const signer = known ?? usable.at(-1);
      if (!signer) throw new Error('there is no key to sign with');
      return {
        signer: { kid: signer.kid, key: await imported(this.privateKeyOf(signer) as JWK) },
        published: { keys: kept.map(({ publicKey }) => publicKey) },
        readAt: now,
      };
    });
  }

  private async newRow(): Promise<SigningKeyRow> {
    const { publicKey, privateKey } = await generateKeyPair(ACCESS_TOKEN_ALGORITHM, { extractable: true });
    const { x = '' } = await exportJWK(publicKey);
    const jwk = { kty: 'OKP', crv: 'Ed25519', x } as const;
    const kid = await calculateJwkThumbprint(jwk);
    this.log.info({ kid }, 'a key to sign access tokens with was made');
    return {
      kid,
      publicKey: { ...jwk, kid, use: 'sig', alg: ACCESS_TOKEN_ALGORITHM },
      privateKey: this.encryption.encrypt(JSON.stringify(await exportJWK(privateKey)), contextOf(kid)),
      createdAt: new Date(),
    };
  }

  private privateKeyOf(row: SigningKeyRow): JWK | undefined {
    try {
      return JSON.parse(this.encryption.decrypt(row.privateKey, contextOf(row.kid)));
    } catch (error) {
      if (error instanceof UndecryptableField) return undefined;
      throw error;
    }
  }
}

const contextOf = (kid: string): string => `identity.signing_key/${kid}/private_key`;

async function imported(jwk: JWK): Promise<CryptoKey> {
  return (await importJWK(jwk, ACCESS_TOKEN_ALGORITHM)) as CryptoKey;
}
