import { Controller, Inject, type Type } from '@nestjs/common';
import { type EncryptingService, listKeys, type ServiceKeys } from '@undertone/contracts/encryption-keys';
import { keyRotations } from '@undertone/contracts/jobs/rotate-keys';
import { SealedRows } from '../crypto/sealed-rows.js';
import { TransientJobError } from '../jobs/job-errors.js';
import type { JobContext } from '../jobs/job-handler.js';
import { Answers } from './answers.js';
import { HandlesJob } from './jetstream-handlers.js';

/** Answers for the keys of a service, and rotates them. The service provides its `SealedRows`. */
export function encryptionKeysController(service: EncryptingService): Type<unknown> {
  @Controller()
  class EncryptionKeysController {
    constructor(@Inject(SealedRows) private readonly rows: SealedRows) {}

    @Answers(listKeys(service))
    async list(): Promise<ServiceKeys> {
      return { service, keys: await this.rows.uses() };
    }

    @HandlesJob(keyRotations[service])
    async rotate(job: JobContext<{ key_id: string }>) {
      const { key_id } = job.payload;
      const [newest] = this.rows.encryption.keyIds;
      if (key_id !== newest) {
        throw new TransientJobError(
          'ENCRYPTION_KEY_MISMATCH',
          `this replica encrypts with ${newest}, and not with ${key_id}: give all of them the same keys`,
        );
      }
      const rows = await this.rows.rewrapAll((done, all) => {
        const percent = all === 0 ? 100 : Math.floor((done * 100) / all);
        job.progress({ percent, message: `${done} of ${all} rows stand under ${key_id}` });
      }, job.signal);
      return { service, key_id, rows };
    }
  }
  return EncryptionKeysController;
}
