import { Migration } from '@mikro-orm/migrations';

export class Migration004PersonKeys extends Migration {
  override up(): void {
    this.addSql(`
      create table person_key (
        user_id uuid not null primary key,
        version varchar(8) not null,
        sealed_key text not null,
        key_id varchar(8) null generated always as
          (case when sealed_key like 'v2.%' then split_part(sealed_key, '.', 2) end) stored,
        created_at timestamptz not null
      )`);
    this.addSql('create index person_key_key_id_user_id_index on person_key (key_id, user_id)');
    // Takes its index along: tokens stand under their person's key.
    this.addSql('alter table vault_entry drop column key_id');
  }
}
