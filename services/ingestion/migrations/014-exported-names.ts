import { Migration } from '@mikro-orm/migrations';

export class Migration014ExportedNames extends Migration {
  override up(): void {
    this.addSql(`
      create table exported_track (
        user_id uuid not null,
        track_id varchar(255) not null,
        name text not null,
        artists jsonb not null,
        album text null,
        primary key (user_id, track_id)
      )`);
    this.addSql(`
      create table exported_artist (
        user_id uuid not null,
        id varchar(255) not null,
        name text not null,
        primary key (user_id, id)
      )`);
    // Nobody knows whose export wrote these. The objects of the imports have every name, and whose it is.
    this.addSql('delete from track where from_export');
    this.addSql(`delete from artist where id like 'name:%'`);
    // A replica of an earlier release must not move the checkpoint past imports whose names it writes for everybody.
    this.addSql('alter table track add constraint track_named_by_provider check (not from_export)');
    // Read models: the service builds their rows again from the log when it starts.
    this.addSql('delete from play');
    this.addSql('delete from possible_gap');
    this.addSql('delete from listening');
    this.addSql('delete from import_report');
    this.addSql(`delete from projection_checkpoint where name = 'ingestion-plays'`);
  }
}
