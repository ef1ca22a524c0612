import { Inject, Injectable } from '@nestjs/common';
import { importHistory } from '@undertone/contracts/jobs/import-history';
import { JobDiscarded, JobRequested, JobRevoked, JobSucceeded } from '@undertone/contracts/jobs/job';
import { HistoryImported } from '@undertone/contracts/listening/history-imported';
import type { ObjectReference } from '@undertone/contracts/object-reference';
import { jobAggregate, listeningAggregate } from '@undertone/contracts/subjects';
import { EventStore } from '@undertone/platform/event-store/event-store';
import type { Logger } from '@undertone/platform/logging/logger';
import { Repeated } from '@undertone/platform/nest/repeated';
import { LOGGER, OBJECT_STORAGE } from '@undertone/platform/nest/tokens';
import type { ObjectStorage } from '@undertone/platform/objects/object-storage';

const HOUR_MS = 3_600_000;
/** What has no event after so long gets none any more: an event follows its object within a try of a job, or a request. */
const UNUSED_AFTER_MS = 24 * HOUR_MS;

/**
 * Deletes what writes left that were cut off, in any service, and objects that no event refers to: a process died, or did not hear whether its event was written, between the two.
 * It looks when the service starts and once an hour, and reads only the log, which is never behind.
 */
@Injectable()
export class UnusedObjects extends Repeated {
  constructor(
    @Inject(OBJECT_STORAGE) private readonly storage: ObjectStorage,
    @Inject(EventStore) private readonly store: EventStore,
    @Inject(LOGGER) log: Logger,
  ) {
    super(log, 'unused objects could not be looked for', HOUR_MS);
  }

  protected override async once(): Promise<number> {
    await this.sweep(new Date());
    return HOUR_MS;
  }

  /** @param now what is a day older than this is looked at. */
  async sweep(now: Date): Promise<void> {
    await this.storage.removeLeftovers();
    for (const key of await this.old('plays/', now)) {
      if (!(await this.isRecorded(key))) await this.delete(key);
    }
    const uploads = await this.old('uploads/', now);
    if (uploads.length === 0) return;
    const used = await this.usedUploads();
    for (const key of uploads) if (!used.has(key)) await this.delete(key);
  }

  private async old(prefix: string, now: Date): Promise<string[]> {
    const keys: string[] = [];
    for await (const { key, storedAt } of this.storage.list(prefix)) {
      if (now.getTime() - storedAt.getTime() > UNUSED_AFTER_MS) keys.push(key);
    }
    return keys;
  }

  private async isRecorded(key: string): Promise<boolean> {
    const userId = key.split('/')[1] ?? '';
    const { stream, prefix } = listeningAggregate(userId);
    const imports = await this.store.readFiltered(stream, `${prefix}.${HistoryImported.subjectToken}`);
    return imports.some((event) => {
      const imported = HistoryImported.read(event);
      return imported?.streams?.key === key || imported?.skipped_rows?.key === key;
    });
  }

  // A job that failed may be asked for again, until an operator decides otherwise or its stream forgets it.
  private async usedUploads(): Promise<Set<string>> {
    const filter = `jobs.${importHistory.queue}.*.*.${JobRequested.subjectToken}`;
    const used = new Set<string>();
    for (const event of await this.store.readFiltered('JOBS', filter)) {
      const request = JobRequested.read(event);
      if (request?.job_type !== importHistory.type) continue;
      const { stream, filter: ofJob } = jobAggregate(request.queue, request.lane, request.job_id);
      const last = await this.store.last(stream, ofJob);
      if (last && [JobSucceeded, JobRevoked, JobDiscarded].some((end) => end.read(last))) continue;
      const { upload } = request.payload as { readonly upload?: ObjectReference };
      if (upload) used.add(upload.key);
    }
    return used;
  }

  private async delete(key: string): Promise<void> {
    this.log.info({ key }, 'an object that no event refers to is deleted');
    await this.storage.delete(key);
  }
}
