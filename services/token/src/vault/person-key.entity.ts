import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import { namedKey } from '@undertone/platform/crypto/sealed-rows';

/** The key that a person's secrets stand under, itself encrypted with the key of the settings. Without it they are lost. */
export const PersonKey = defineEntity({
  name: 'PersonKey',
  tableName: 'person_key',
  indexes: [{ properties: ['keyId', 'userId'] }],
  properties: {
    userId: p.uuid().primary(),
    /** Names the key in all that stands under it: 8 hexadecimal digits, random. */
    version: p.string().length(8),
    sealedKey: p.text(),
    keyId: p.string().length(8).nullable().generated(namedKey('sealed_key')),
    createdAt: p.datetime(),
  },
});
export type PersonKeyRow = InferEntity<typeof PersonKey>;
