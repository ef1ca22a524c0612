import { Migration } from '@mikro-orm/migrations';

export class Migration001Vault extends Migration {
  override up(): void {
    this.addSql(`
      create table vault_entry (
        user_id uuid not null,
        provider varchar(255) not null,
        access_token text not null,
        refresh_token text not null,
        expires_at timestamptz not null,
        scopes jsonb not null,
        stored_at timestamptz not null,
        stored_until timestamptz not null,
        relink_required_at timestamptz null,
        store_id uuid not null,
        announced boolean not null,
        log_sequence bigint not null,
        primary key (user_id, provider)
      )`);
    this.addSql(
      'create index vault_entry_unannounced_index on vault_entry (user_id) where announced = false',
    );
  }
}
