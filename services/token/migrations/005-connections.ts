import { Migration } from '@mikro-orm/migrations';

export class Migration005Connections extends Migration {
  override up(): void {
    this.addSql(`
      alter table vault_entry
        add column relink_said boolean not null default false,
        add column due_said int null,
        add column removed_at timestamptz null`);
    this.addSql('drop index vault_entry_unannounced_index');
    this.addSql(`
      create index vault_entry_unsaid_index on vault_entry (user_id)
        where announced = false or removed_at is not null or (relink_required_at is not null and relink_said = false)`);
    this.addSql(
      'create index vault_entry_due_index on vault_entry (stored_at) where relink_required_at is null',
    );
    this.addSql(`
      create table token_use (
        id uuid not null primary key,
        user_id uuid not null,
        provider varchar(255) not null,
        used_at timestamptz not null,
        service varchar(20) not null,
        task_id uuid null,
        refreshed boolean not null
      )`);
    this.addSql('create index token_use_user_id_id_index on token_use (user_id, id)');
    this.addSql('create index token_use_used_at_index on token_use (used_at)');
  }
}
