import { Migration } from '@mikro-orm/migrations';

export class Migration002Imports extends Migration {
  override up(): void {
    // A read model: the service builds its rows again from the log when it starts.
    this.addSql('drop table play');
    this.addSql('delete from ingest');
    this.addSql(`delete from projection_checkpoint where name = 'ingestion-plays'`);
    this.addSql(`
      create table play (
        id uuid primary key,
        user_id uuid not null,
        played_at timestamptz not null,
        track_id varchar(255) not null,
        ms_played int null,
        source varchar(255) not null
      )`);
    this.addSql('create index play_user_id_played_at_index on play (user_id, played_at)');
    this.addSql(`
      create table import_report (
        id uuid primary key,
        user_id uuid not null,
        report jsonb not null,
        sequence bigint not null
      )`);
    this.addSql('create index import_report_user_id_index on import_report (user_id)');
    this.addSql('alter table track add column from_export boolean not null default false');
  }
}
