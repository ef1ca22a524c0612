import { Migration } from '@mikro-orm/migrations';

export class Migration003KeyIds extends Migration {
  override up(): void {
    this.addSql(`
      alter table registered_user add column key_id varchar(8) null generated always as
        (case when spotify_user_id like 'v2.%' then split_part(spotify_user_id, '.', 2) end) stored`);
    this.addSql('create index registered_user_key_id_id_index on registered_user (key_id, id)');
  }
}
