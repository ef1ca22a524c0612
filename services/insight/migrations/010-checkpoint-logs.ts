import { Migration } from '@mikro-orm/migrations';

export class Migration010CheckpointLogs extends Migration {
  override up(): void {
    // Null until a projection has found its log, at its first start.
    this.addSql(`
      alter table projection_checkpoint add column log varchar(255) null, add column landmark bigint null,
        add column landmark_at timestamptz null`);
  }
}
