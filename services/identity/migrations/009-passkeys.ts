import { Migration } from '@mikro-orm/migrations';

export class Migration009Passkeys extends Migration {
  override up(): void {
    this.addSql(`
      create table passkey (
        id uuid primary key,
        user_id uuid not null,
        credential_id varchar(1366) not null,
        public_key text not null,
        counter bigint not null,
        transports jsonb not null,
        name varchar(100) not null,
        created_at timestamptz not null,
        last_used_at timestamptz null
      )`);
    this.addSql('alter table passkey add constraint passkey_credential_id_unique unique (credential_id)');
    this.addSql('create index passkey_user_id_index on passkey (user_id)');
    this.addSql(`
      create table passkey_challenge (
        challenge_hash varchar(43) primary key,
        user_id uuid null,
        expires_at timestamptz not null
      )`);
    this.addSql('create index passkey_challenge_expires_at_index on passkey_challenge (expires_at)');
  }
}
