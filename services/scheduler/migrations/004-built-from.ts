import { Migration } from '@mikro-orm/migrations';

export class Migration004BuiltFrom extends Migration {
  override up(): void {
    // Null until a projection notes it with its next batch.
    this.addSql('alter table projection_checkpoint add column built_from jsonb null');
    // The last event that is in a row, so that events that are read again change nothing. With a default, because an older
    // release that is still there gives none.
    this.addSql('alter table background_job add column sequence bigint not null default 0');
    // Read again once, so that every row that the log still tells of learns its own.
    this.addSql(`
      update projection_checkpoint set built_from = '{"filters": [], "version": 0, "skipped": {}}'
       where name = 'scheduler-background-jobs'`);
  }
}
