import { Migration } from '@mikro-orm/migrations';

export class Migration001Users extends Migration {
  override up(): void {
    this.addSql(`
      create table registered_user (
        id uuid primary key,
        spotify_user_fingerprint varchar(255) not null,
        spotify_user_id text not null,
        display_name text not null,
        email text not null,
        created_at timestamptz not null,
        updated_at timestamptz not null,
        registered_sequence bigint null
      )`);
    this.addSql(`
      alter table registered_user add constraint registered_user_spotify_user_fingerprint_unique
        unique (spotify_user_fingerprint)`);
    this.addSql(
      'create index registered_user_unannounced_index on registered_user (id) where registered_sequence is null',
    );
  }
}
