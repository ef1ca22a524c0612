import type { FieldEncryption } from '@undertone/platform/crypto/field-encryption';
import type { LinkedAccountRow } from './linked-account.entity.js';

type SealedSubject = Pick<LinkedAccountRow, 'subject' | 'subjectFingerprint'>;
type Key = Pick<LinkedAccountRow, 'id' | 'issuer'>;

// Storage format: a value decrypts under the very context it was encrypted with.
const contextOf = (id: string): string => `identity.linked_account/${id}/subject`;

/** Encrypts who somebody is at an issuer, for the row of this id. */
export const sealSubject = (
  encryption: FieldEncryption,
  { id, issuer }: Key,
  subject: string,
): SealedSubject => ({
  subject: encryption.encrypt(subject, contextOf(id)),
  subjectFingerprint: subjectFingerprints(encryption, issuer, subject)[0],
});

/** A row's columns under the newest key. @throws {UndecryptableField} */
export const resealSubject = (encryption: FieldEncryption, row: Key & SealedSubject): SealedSubject => ({
  subject: encryption.rewrap(row.subject, contextOf(row.id)),
  subjectFingerprint: subjectFingerprints(
    encryption,
    row.issuer,
    encryption.decrypt(row.subject, contextOf(row.id)),
  )[0],
});

/** By which an account at an issuer is found; one under each key, the newest first. An issuer is an address, and has no spaces. */
export const subjectFingerprints = (
  encryption: FieldEncryption,
  issuer: string,
  subject: string,
): [string, ...string[]] =>
  encryption.fingerprints(`${issuer} ${subject}`, 'identity.linked_account/subject');
