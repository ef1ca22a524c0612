import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import { namedKey } from '@undertone/platform/crypto/sealed-rows';

/** An account at another site that a person signs in with. Who they are there is encrypted (`sealed-subject.ts`). */
export const LinkedAccount = defineEntity({
  name: 'LinkedAccount',
  tableName: 'linked_account',
  indexes: [{ properties: ['userId'] }, { properties: ['keyId', 'id'] }],
  properties: {
    id: p.uuid().primary(),
    userId: p.uuid(),
    /** As the settings called it when it was linked. */
    provider: p.string().length(40),
    /** Who says so; with another issuer, the same subject is somebody else. */
    issuer: p.text(),
    /** Finds the account again without decrypting anything. */
    subjectFingerprint: p.string().unique(),
    subject: p.text(),
    keyId: p.string().length(8).nullable().generated(namedKey('subject')),
    linkedAt: p.datetime(),
  },
});
export type LinkedAccountRow = InferEntity<typeof LinkedAccount>;
