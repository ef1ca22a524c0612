import { Migration } from '@mikro-orm/migrations';

export class Migration011BuiltFrom extends Migration {
  override up(): void {
    // Null until a projection notes it with its next batch.
    this.addSql('alter table projection_checkpoint add column built_from jsonb null');
    // A job's events up to here are in its row: read again, they change nothing. With a default, because an older release
    // that is still there gives none.
    this.addSql('alter table replay_item add column sequence bigint not null default 0');
    this.addSql(`
      update replay_item set sequence = coalesce(
        (select sequence from projection_checkpoint where name = 'insight-replay-items'), 0)`);
  }
}
