import { MikroORM } from '@mikro-orm/postgresql';
import { Controller, Inject } from '@nestjs/common';
import { exportPerson } from '@undertone/contracts/jobs/export-person';
import type { ObjectReference } from '@undertone/contracts/object-reference';
import {
  type ExportPage,
  type ExportPiece,
  exportingServices,
  exportPages,
} from '@undertone/contracts/personal-data/export-pages';
import { objectsOf } from '@undertone/contracts/personal-data/stores';
import { FieldEncryption } from '@undertone/platform/crypto/field-encryption';
import { SEAL_BYTES, sealStream } from '@undertone/platform/crypto/sealed-stream';
import { newId } from '@undertone/platform/ids/ids';
import { pseudonymOf } from '@undertone/platform/ids/pseudonym';
import { PermanentJobError } from '@undertone/platform/jobs/job-errors';
import type { FailedJob, JobContext } from '@undertone/platform/jobs/job-handler';
import { EXPORT_PARTS } from '@undertone/platform/nest/export.controller';
import { HandlesJob, OnJobFailed } from '@undertone/platform/nest/jetstream-handlers';
import { OBJECT_STORAGE, SETTINGS } from '@undertone/platform/nest/tokens';
import type { ObjectStorage } from '@undertone/platform/objects/object-storage';
import type { ExportPart } from '@undertone/platform/personal-data/export-part';
import { pagesOf } from '@undertone/platform/personal-data/export-parts';
import { RpcClient } from '@undertone/platform/rpc/rpc-client';
import { recordAudit } from '../audit/record-audit.js';
import { archiveOf } from '../export-archive/archive.js';
import { hashOf } from '../secrets/random-secret.js';
import type { IdentitySettings } from '../settings.js';
import { newLinkCode } from './export-links.js';
import { PersonalExport, type PersonalExportRow } from './personal-export.entity.js';

type ExportJob = JobContext<{ user_id: string; export_id: string }>;

const HOUR_MS = 3_600_000;

@Controller()
export class ExportPersonJob {
  constructor(
    @Inject(MikroORM) private readonly orm: MikroORM,
    @Inject(OBJECT_STORAGE) private readonly storage: ObjectStorage,
    @Inject(RpcClient) private readonly rpc: RpcClient,
    @Inject(EXPORT_PARTS) private readonly ownParts: readonly ExportPart[],
    @Inject(FieldEncryption) private readonly encryption: FieldEncryption,
    @Inject(SETTINGS) private readonly settings: IdentitySettings,
  ) {}

  /**
   * Each try packs everything anew, into an object of its own: what one leaves that was cut off, `ExpiredExports` deletes. What stands
   * encrypted elsewhere is so here, too: only whoever has the link, or the key of the settings, can read the archive.
   */
  @HandlesJob(exportPerson)
  async run(job: ExportJob) {
    const { user_id, export_id } = job.payload;
    const before = await this.find(export_id);
    if (before.endedAt) return resultOf(before);
    const asOf = new Date();
    const code = newLinkCode(this.encryption, export_id);
    const archive = archiveOf(this.pieces(job), asOf);
    const stop = () => archive.destroy(job.signal.reason as Error);
    job.signal.addEventListener('abort', stop, { once: true });
    try {
      const key = `${objectsOf('exports', user_id)}${export_id}/${newId()}`;
      const kept = await this.storage.put(key, sealStream(archive, code), Number.MAX_SAFE_INTEGER);
      await job.confirm();
      await this.keep({ id: export_id, code, asOf }, kept);
    } finally {
      job.signal.removeEventListener('abort', stop);
      archive.destroy();
    }
    return resultOf(await this.find(export_id));
  }

  /** @param failed whose problem the task has; the row is for those who ask how their export is. */
  @OnJobFailed(exportPerson)
  async onFailed({ payload, problem }: FailedJob<{ export_id: string }>): Promise<void> {
    await this.orm.em
      .fork()
      .nativeUpdate(
        PersonalExport,
        { id: payload.export_id, endedAt: null },
        { endedAt: new Date(), problem: problem?.code ?? 'CANCELLED' },
      );
  }

  private async find(id: string): Promise<PersonalExportRow> {
    const row = await this.orm.em.fork().findOne(PersonalExport, { id });
    if (row) return row;
    throw new PermanentJobError('EXPORT_NOT_FOUND', 'the export is gone, and with it whoever asked for it');
  }

  /** What every service has of the person, one after the other. */
  private async *pieces({ payload: { user_id }, signal, progress }: ExportJob): AsyncGenerator<ExportPiece> {
    const sources = [
      { of: 'identity', page: (after: string | null) => pagesOf(this.ownParts, user_id, after) },
      ...exportingServices.map((service) => ({
        of: service,
        page: (after: string | null) => this.rpc.ask(exportPages(service), { user_id, after }),
      })),
    ];
    for (const [index, { of, page }] of sources.entries()) {
      for (let after: string | null = null; ; ) {
        signal.throwIfAborted();
        const { pieces, next, done }: ExportPage = await page(after);
        yield* pieces;
        const percent = Math.floor(((index + done) / sources.length) * 100);
        progress({ percent, message: `packing what the ${of} service has` });
        if (next === null) break;
        after = next;
      }
    }
  }

  /** Unless the export ended meanwhile, or is gone, the archive is it; and the one before it is none any more. */
  private async keep(
    { id, code, asOf }: { readonly id: string; readonly code: string; readonly asOf: Date },
    archive: ObjectReference,
  ): Promise<void> {
    const now = new Date();
    const isKept = await this.orm.em.fork().transactional(async (em) => {
      const ended = await em.nativeUpdate(
        PersonalExport,
        { id, endedAt: null },
        {
          endedAt: now,
          asOf,
          archive,
          linkHash: hashOf(code),
          expiresAt: new Date(now.getTime() + this.settings.EXPORT_LINK_HOURS * HOUR_MS),
        },
      );
      if (ended === 0) return false;
      const { userId } = await em.findOneOrFail(PersonalExport, { id });
      await recordAudit(em, {
        what: 'export-made',
        by: 'service',
        subject: pseudonymOf(userId),
        targets: { export_id: id },
        at: now.toISOString(),
      });
      await em.nativeUpdate(
        PersonalExport,
        { userId, id: { $ne: id }, expiresAt: { $gt: now } },
        { expiresAt: now },
      );
      return true;
    });
    if (!isKept) await this.storage.delete(archive.key);
  }
}

function resultOf({ id, archive, expiresAt, problem }: PersonalExportRow) {
  if (!expiresAt)
    throw new PermanentJobError(problem ?? 'EXPORT_NOT_FOUND', 'the export ended without an archive');
  return {
    export_id: id,
    size: archive ? archive.size - SEAL_BYTES : 0,
    expires_at: expiresAt.toISOString(),
  };
}
