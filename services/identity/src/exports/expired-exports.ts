import { MikroORM } from '@mikro-orm/postgresql';
import { Inject, Injectable } from '@nestjs/common';
import { objectPrefixes } from '@undertone/contracts/personal-data/stores';
import type { Logger } from '@undertone/platform/logging/logger';
import { Repeated } from '@undertone/platform/nest/repeated';
import { LOGGER, OBJECT_STORAGE } from '@undertone/platform/nest/tokens';
import type { ObjectStorage } from '@undertone/platform/objects/object-storage';
import { PersonalExport } from './personal-export.entity.js';

const HOUR_MS = 3_600_000;
/** What no row has after so long gets none any more: a row follows its object at once. */
const UNUSED_AFTER_MS = HOUR_MS;
/** For so long a person is told that their export has expired, or failed. */
const FORGOTTEN_AFTER_MS = 30 * 24 * HOUR_MS;

const PREFIX = `${'exports' satisfies keyof typeof objectPrefixes}/`;

/** Deletes archives whose time is over, and those that a try left that was cut off: when the service starts, and once an hour. */
@Injectable()
export class ExpiredExports extends Repeated {
  constructor(
    @Inject(MikroORM) private readonly orm: MikroORM,
    @Inject(OBJECT_STORAGE) private readonly storage: ObjectStorage,
    @Inject(LOGGER) log: Logger,
  ) {
    super(log, 'expired exports could not be deleted', HOUR_MS);
  }

  protected override async once(): Promise<number> {
    await this.sweep(new Date());
    return HOUR_MS;
  }

  async sweep(now: Date): Promise<void> {
    const em = this.orm.em.fork();
    for (const { id, archive } of await em.find(PersonalExport, {
      archive: { $ne: null },
      expiresAt: { $lte: now },
    })) {
      if (archive) await this.storage.delete(archive.key);
      await em.nativeUpdate(PersonalExport, { id }, { archive: null });
    }
    await em.nativeDelete(PersonalExport, {
      archive: null,
      endedAt: { $lt: new Date(now.getTime() - FORGOTTEN_AFTER_MS) },
    });
    await this.sweepUnused(now);
  }

  private async sweepUnused(now: Date): Promise<void> {
    const old: string[] = [];
    for await (const { key, storedAt } of this.storage.list(PREFIX)) {
      if (now.getTime() - storedAt.getTime() > UNUSED_AFTER_MS) old.push(key);
    }
    for (const key of old) {
      const [, , id = ''] = key.split('/');
      const row = await this.orm.em.fork().findOne(PersonalExport, { id });
      if (row?.archive?.key === key) continue;
      this.log.info({ export_id: id }, 'an archive of no export is deleted');
      await this.storage.delete(key);
    }
  }
}
