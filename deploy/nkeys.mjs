// Key pairs as NATS writes them: Ed25519, in base 32 with a checksum. Written here because they are made before any package is
// installed; a test reads them with NATS' own library.
import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
/** What the first letters stand for: a seed, and a user. */
const SEED = 18 << 3;
const USER = 20 << 3;
/** What PKCS #8 puts before the 32 bytes of an Ed25519 key. */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** A new user's seed, which is its secret. */
export function makeSeed() {
  const { privateKey } = generateKeyPairSync('ed25519');
  const raw = privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(PKCS8.length);
  // Two letters say what it is: five bits of each.
  return encode(Buffer.concat([Buffer.from([SEED | (USER >> 5), (USER & 31) << 3]), raw]));
}

/**
 * The name that the server knows a user by.
 *
 * @param {string} seed
 */
export function publicKeyOf(seed) {
  const raw = decode(seed).subarray(2, 34);
  const key = createPrivateKey({ key: Buffer.concat([PKCS8, raw]), format: 'der', type: 'pkcs8' });
  const bytes = createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32);
  return encode(Buffer.concat([Buffer.from([USER]), bytes]));
}

/** @param {Buffer} bytes */
function encode(bytes) {
  const checksum = Buffer.alloc(2);
  checksum.writeUInt16LE(crc16(bytes));
  let bits = '';
  for (const byte of Buffer.concat([bytes, checksum])) bits += byte.toString(2).padStart(8, '0');
  return (bits.match(/.{1,5}/g) ?? [])
    .map((five) => ALPHABET[Number.parseInt(five.padEnd(5, '0'), 2)])
    .join('');
}

/** @param {string} text */
function decode(text) {
  let bits = '';
  for (const letter of text) bits += ALPHABET.indexOf(letter).toString(2).padStart(5, '0');
  const bytes = Buffer.from((bits.match(/.{8}/g) ?? []).map((eight) => Number.parseInt(eight, 2)));
  if (bytes.length !== 36 || bytes.readUInt16LE(34) !== crc16(bytes.subarray(0, 34))) {
    throw new Error('this is no seed of a user');
  }
  return bytes;
}

/** The checksum of NATS' keys: CRC-16/XMODEM. */
function crc16(/** @type {Uint8Array} */ bytes) {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1) & 0xffff;
  }
  return crc;
}
