import { Migration } from '@mikro-orm/migrations';

export class Migration002KeyIds extends Migration {
  override up(): void {
    this.addSql(`
      alter table vault_entry add column key_id varchar(8) null generated always as
        (case when refresh_token like 'v2.%' then split_part(refresh_token, '.', 2) end) stored`);
    this.addSql('create index vault_entry_key_id_user_id_index on vault_entry (key_id, user_id)');
  }
}
