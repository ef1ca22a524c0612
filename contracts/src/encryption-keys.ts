import { z } from 'zod';
import { defineRpc } from './rpc.js';
import type { ServiceName } from './service-name.js';

/** Services that keep encrypted rows, each under keys of its own; each has a queue of its own name. */
export const encryptingServices = ['identity', 'token'] as const satisfies readonly ServiceName[];
export type EncryptingService = (typeof encryptingServices)[number];

export const encryptingService = z.enum(encryptingServices);

/** A fingerprint that names a key and tells nothing of it. */
export const keyId = z.string().regex(/^[0-9a-f]{8}$/);

const keyUse = z
  .object({
    id: keyId.nullable().meta({
      description: 'Null: rows of a release whose values did not name their key; a rotation names it.',
    }),
    encrypts: z.boolean().meta({ description: 'What is written now is encrypted with it.' }),
    configured: z.boolean().meta({ description: 'It is in `FIELD_ENCRYPTION_KEY`.' }),
    rows: z.int().min(0).meta({ description: 'How many rows can be read with no other key.' }),
  })
  .meta({ id: 'KeyUse' });
export type KeyUse = z.output<typeof keyUse>;

export const serviceKeys = z
  .object({ service: encryptingService, keys: z.array(keyUse) })
  .meta({ id: 'ServiceKeys' });
export type ServiceKeys = z.output<typeof serviceKeys>;

/** The keys of a service, as far as anything may be said of them. */
export const listKeys = (service: EncryptingService) =>
  // It counts the rows.
  defineRpc({
    service,
    question: 'list-keys',
    access: 'admin',
    input: z.object({}),
    output: serviceKeys,
    timeoutMs: 15_000,
  });

/** What each service that keeps encrypted rows answers about its keys. */
export const keyQuestions = encryptingServices.map(listKeys);
