import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isoCBOR } from '@simplewebauthn/server/helpers';
import type {
  NewPasskeyResponse,
  PasskeyOptions,
  PasskeyResponse,
} from '@undertone/contracts/sign-in/passkey';

/** Flags of authenticator data (WebAuthn Level 3, section 6.1). */
const PRESENT = 0x01;
const VERIFIED = 0x04;
const HAS_CREDENTIAL = 0x40;

/** What a signature is made with; a test changes it to do what a good authenticator would not. */
interface Made {
  origin: string;
  rpId: string;
  challenge: string;
  flags: number;
  counter: number;
}

/** An authenticator in software, and the browser in front of it, with one passkey. */
export class Authenticator {
  private readonly credentialId = randomBytes(32);
  private readonly keys: { publicKey: KeyObject; privateKey: KeyObject } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
  });
  private counter = 0;
  private userHandle: string | undefined;

  /** @param origin of the page. */
  constructor(private readonly origin: string) {}

  /** Answers `navigator.credentials.create`. */
  create({ challenge, user }: PasskeyOptions, changed: Partial<Made> = {}): NewPasskeyResponse {
    this.userHandle = (user as { id: string } | undefined)?.id;
    const made = this.made(challenge, changed);
    const { x = '', y = '' } = this.keys.publicKey.export({ format: 'jwk' });
    const publicKey = isoCBOR.encode(
      new Map<number, number | Uint8Array>([
        [1, 2],
        [3, -7],
        [-1, 1],
        [-2, Buffer.from(x, 'base64url')],
        [-3, Buffer.from(y, 'base64url')],
      ]),
    );
    const length = Buffer.alloc(2);
    length.writeUInt16BE(this.credentialId.length);
    const data = this.data(made, HAS_CREDENTIAL, [Buffer.alloc(16), length, this.credentialId, publicKey]);
    const attestation = isoCBOR.encode(
      new Map<string, string | Map<string, string> | Uint8Array>([
        ['fmt', 'none'],
        ['attStmt', new Map()],
        ['authData', data],
      ]),
    );
    return {
      ...this.common,
      response: {
        clientDataJSON: this.clientData('webauthn.create', made).toString('base64url'),
        attestationObject: Buffer.from(attestation).toString('base64url'),
        transports: ['internal'],
      },
    };
  }

  /** Answers `navigator.credentials.get`. */
  get({ challenge }: PasskeyOptions, changed: Partial<Made> = {}): PasskeyResponse {
    this.counter += 1;
    const made = this.made(challenge, changed);
    const clientData = this.clientData('webauthn.get', made);
    const data = this.data(made, 0, []);
    const signature = sign('sha256', Buffer.concat([data, sha256(clientData)]), this.keys.privateKey);
    return {
      ...this.common,
      response: {
        clientDataJSON: clientData.toString('base64url'),
        authenticatorData: data.toString('base64url'),
        signature: signature.toString('base64url'),
        userHandle: this.userHandle,
      },
    };
  }

  private made(challenge: string, changed: Partial<Made>): Made {
    const { origin, counter } = this;
    const rpId = new URL(origin).hostname;
    return { origin, rpId, challenge, flags: PRESENT | VERIFIED, counter, ...changed };
  }

  private get common() {
    const id = this.credentialId.toString('base64url');
    return { id, rawId: id, type: 'public-key', clientExtensionResults: {} } as const;
  }

  private clientData(type: string, { challenge, origin }: Made): Buffer {
    return Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false }));
  }

  private data({ rpId, flags, counter }: Made, more: number, rest: readonly Uint8Array[]): Buffer {
    const count = Buffer.alloc(4);
    count.writeUInt32BE(counter);
    return Buffer.concat([sha256(Buffer.from(rpId)), Buffer.from([flags | more]), count, ...rest]);
  }
}

const sha256 = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();
