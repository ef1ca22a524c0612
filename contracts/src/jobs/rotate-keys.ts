import { z } from 'zod';
import { type EncryptingService, encryptingService, keyId } from '../encryption-keys.js';
import { id } from '../id.js';
import { defineJob } from './job.js';

const rotation = (service: EncryptingService) =>
  defineJob({
    type: `rotate-${service}-keys`,
    queue: service,
    maxAttempts: 5,
    payload: z.object({
      user_id: id,
      /** The key that encrypted when it was asked for: a replica with other settings does not take the job. */
      key_id: keyId,
    }),
    result: z.object({ service: encryptingService, key_id: keyId, rows: z.int().min(0) }),
  });

/** Puts every row of a service under the key that encrypts now. */
export const keyRotations = {
  identity: rotation('identity'),
  token: rotation('token'),
} as const satisfies Record<EncryptingService, unknown>;
