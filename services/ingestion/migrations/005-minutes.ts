import { Migration } from '@mikro-orm/migrations';

export class Migration005Minutes extends Migration {
  override up(): void {
    this.addSql('alter table play add column minute_key uuid null');
    this.addSql('alter table play add column whole_minute boolean not null default false');
    this.addSql('create index play_minute_key_index on play (minute_key)');
    // Read models: the service builds their rows again from the log when it starts.
    this.addSql('delete from play');
    this.addSql('delete from listening');
    this.addSql('delete from import_report');
    this.addSql(`delete from projection_checkpoint where name = 'ingestion-plays'`);
  }
}
