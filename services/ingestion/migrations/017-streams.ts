import { Migration } from '@mikro-orm/migrations';

export class Migration017Streams extends Migration {
  override up(): void {
    this.addSql(
      'alter table play add column named uuid null, add column broken_off boolean not null default false',
    );
    this.addSql(`
      create table unused_telling (
        id uuid not null,
        sequence bigint not null,
        user_id uuid not null,
        played_at timestamptz not null,
        track_id varchar(255) not null,
        ms_played int null,
        source varchar(255) not null,
        named uuid null,
        whole_minute boolean not null default false,
        broken_off boolean not null default false,
        artist uuid null,
        primary key (id, sequence)
      )`);
    this.addSql(`
      create table listen_threshold (
        user_id uuid primary key,
        min_seconds int null,
        min_share double precision null,
        sequence bigint not null
      )`);
    this.addSql(
      'alter table import_report add column skipped_rows jsonb null, add column taken_back bigint null',
    );
    this.addSql('create index unused_telling_user_id_played_at_index on unused_telling (user_id, played_at)');
  }
}
