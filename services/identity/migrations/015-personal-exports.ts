import { Migration } from '@mikro-orm/migrations';

export class Migration015PersonalExports extends Migration {
  override up(): void {
    this.addSql(`
      create table personal_export (
        id uuid primary key,
        user_id uuid not null,
        requested_at timestamptz not null,
        ended_at timestamptz null,
        problem text null,
        as_of timestamptz null,
        archive jsonb null,
        link_hash varchar(43) null,
        expires_at timestamptz null
      )`);
    this.addSql(
      'alter table personal_export add constraint personal_export_link_hash_unique unique (link_hash)',
    );
    this.addSql(
      `create index personal_export_user_id_requested_at_index on personal_export (user_id, requested_at)`,
    );
    this.addSql(
      `create unique index personal_export_under_way on personal_export (user_id) where ended_at is null`,
    );
  }
}
