import { Migration } from '@mikro-orm/migrations';

export class Migration008PlaysByEvent extends Migration {
  override up(): void {
    // Read models: the service builds their rows again from the log when it starts.
    this.addSql('delete from play');
    this.addSql('delete from listening');
    this.addSql('delete from import_report');
    this.addSql(`delete from projection_checkpoint where name = 'ingestion-plays'`);
    this.addSql('alter table play add column artist uuid null, add column sequence bigint not null');
  }
}
