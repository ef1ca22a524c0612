import type { NatsConnection } from '@nats-io/transport-node';
import { servicePrincipal } from '@undertone/contracts/access/principal';
import { type EncryptingService, type KeyUse, listKeys } from '@undertone/contracts/encryption-keys';
import { nobody } from '@undertone/contracts/id';
import { JobFailed, JobSucceeded } from '@undertone/contracts/jobs/job';
import { keyRotations } from '@undertone/contracts/jobs/rotate-keys';
import { anyJobFilter } from '@undertone/contracts/subjects';
import { EventStore } from '../event-store/event-store.js';
import { requestJob } from '../jobs/request-job.js';
import { RpcClient } from '../rpc/rpc-client.js';
import { eventually } from './eventually.js';

/** A service's keys as an operator has them: listed, and rotated by a job. */
export class OperatedKeys {
  constructor(
    private readonly service: EncryptingService,
    private readonly nats: NatsConnection,
  ) {}

  async list(): Promise<KeyUse[]> {
    return (await new RpcClient(this.nats, servicePrincipal('gateway')).ask(listKeys(this.service), {})).keys;
  }

  /** @returns the job's id. */
  async requestRotation(): Promise<string> {
    const key_id = (await this.list()).find(({ encrypts }) => encrypts)?.id ?? '';
    const payload = { user_id: nobody, key_id };
    const store = await EventStore.open(this.nats);
    return requestJob(store, keyRotations[this.service], { payload, lane: 'bulk', source: 'test' });
  }

  /** What a rotation gave, or why it failed. */
  async result(jobId: string) {
    const store = await EventStore.open(this.nats);
    return eventually('the rotation ends', async () => {
      const last = await store.last('JOBS', anyJobFilter(jobId));
      return last && (JobSucceeded.read(last)?.result ?? JobFailed.read(last)?.problem);
    });
  }

  async rotate() {
    return this.result(await this.requestRotation());
  }
}
