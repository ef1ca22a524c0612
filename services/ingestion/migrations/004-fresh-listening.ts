import { Migration } from '@mikro-orm/migrations';

export class Migration004FreshListening extends Migration {
  override up(): void {
    this.addSql('drop table ingest');
    this.addSql(`
      create table listening (
        user_id uuid primary key,
        state jsonb not null
      )`);
    // Read models: the service builds their rows again from the log when it starts.
    this.addSql('delete from play');
    this.addSql('delete from import_report');
    this.addSql(`delete from projection_checkpoint where name = 'ingestion-plays'`);
  }
}
