import { Migration } from '@mikro-orm/migrations';

export class Migration013PossibleGaps extends Migration {
  override up(): void {
    this.addSql(`
      create table possible_gap (
        sequence bigint primary key,
        user_id uuid not null,
        since timestamptz not null,
        until timestamptz not null
      )`);
    this.addSql('create index possible_gap_user_id_index on possible_gap (user_id)');
    // Read models: the service builds their rows again from the log when it starts.
    this.addSql('delete from play');
    this.addSql('delete from listening');
    this.addSql('delete from import_report');
    this.addSql(`delete from projection_checkpoint where name = 'ingestion-plays'`);
  }
}
