import type { FieldEncryption } from '@undertone/platform/crypto/field-encryption';
import { hashOf } from '../secrets/random-secret.js';

const CONTEXT = 'identity.personal_export/link';

/**
 * What the link of an export has in it: 256 bits that nobody guesses. It follows from the export's id and a key of the settings, so that a
 * person can be shown it again, and is kept nowhere: the row has its hash.
 */
export const newLinkCode = (encryption: FieldEncryption, exportId: string): string =>
  encryption.fingerprints(exportId, CONTEXT)[0];

/** The same, of an export that was made under any of the keys; `undefined`: under a key that is gone. */
export const linkCode = (
  encryption: FieldEncryption,
  { id, linkHash }: { readonly id: string; readonly linkHash?: string | null | undefined },
): string | undefined => encryption.fingerprints(id, CONTEXT).find((code) => hashOf(code) === linkHash);
