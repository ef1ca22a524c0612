import type { FieldEncryption } from '@undertone/platform/crypto/field-encryption';
import type { Subject } from '../providers/provider.js';
import type { LinkedAccountRow } from './linked-account.entity.js';

type SealedSubject = Pick<LinkedAccountRow, 'subject' | 'subjectFingerprint'>;
type Key = Pick<LinkedAccountRow, 'id' | 'issuer'>;

// Storage format: a value decrypts under the very context it was encrypted with.
const contextOf = (id: string): string => `identity.linked_account/${id}/subject`;

/** Encrypts who somebody is at an issuer, for the row of this id. */
export const sealSubject = (
  encryption: FieldEncryption,
  { id, issuer }: Key,
  subject: Subject,
): SealedSubject => ({
  subject: encryption.encrypt(subject.name, contextOf(id)),
  subjectFingerprint: subjectFingerprints(encryption, issuer, subject)[0],
});

/** Who somebody is at an issuer. @throws {UndecryptableField} */
export const openSubject = (
  encryption: FieldEncryption,
  { id, subject }: Pick<LinkedAccountRow, 'id' | 'subject'>,
): string => encryption.decrypt(subject, contextOf(id));

/** A row's columns under the newest key. @throws {UndecryptableField} */
export const resealSubject = (encryption: FieldEncryption, row: Key & SealedSubject): SealedSubject => ({
  subject: encryption.rewrap(row.subject, contextOf(row.id)),
  subjectFingerprint: subjectFingerprints(encryption, row.issuer, {
    kind: kindOf(row),
    name: openSubject(encryption, row),
  })[0],
});

/**
 * By which an account at an issuer is found; one under each key, the newest first. An issuer is an address, and has no spaces. The
 * kind stands before it, but for `sub`: before there were kinds, none was written.
 */
export function subjectFingerprints(
  encryption: FieldEncryption,
  issuer: string,
  { kind, name }: Subject,
): [string, ...string[]] {
  const [newest, ...older] = encryption.fingerprints(`${issuer} ${name}`, 'identity.linked_account/subject');
  const ofKind = (fingerprint: string) => (kind === 'sub' ? fingerprint : `${kind}:${fingerprint}`);
  return [ofKind(newest), ...older.map(ofKind)];
}

/** `sub` for whatever was written before there were kinds. */
export function kindOf({ subjectFingerprint }: Pick<SealedSubject, 'subjectFingerprint'>): Subject['kind'] {
  const [, kind] = /^(account_id|id):/.exec(subjectFingerprint) ?? [];
  return (kind as Subject['kind'] | undefined) ?? 'sub';
}
