import { Migration } from '@mikro-orm/migrations';

export class Migration007LinkedAccounts extends Migration {
  override up(): void {
    this.addSql('alter table registered_user add column spotify_claim_fingerprint varchar(255) null');
    this.addSql(
      'create index registered_user_spotify_claim_fingerprint_index on registered_user (spotify_claim_fingerprint)',
    );
    this.addSql(`
      create table linked_account (
        id uuid primary key,
        user_id uuid not null,
        provider varchar(40) not null,
        issuer text not null,
        subject_fingerprint varchar(255) not null,
        subject text not null,
        key_id varchar(8) null generated always as
          (case when subject like 'v2.%' then split_part(subject, '.', 2) end) stored,
        linked_at timestamptz not null
      )`);
    this.addSql(`
      alter table linked_account add constraint linked_account_subject_fingerprint_unique
        unique (subject_fingerprint)`);
    this.addSql('create index linked_account_user_id_index on linked_account (user_id)');
    this.addSql('create index linked_account_key_id_id_index on linked_account (key_id, id)');
    this.addSql(`
      create table provider_sign_in (
        attempt_hash varchar(43) primary key,
        provider varchar(40) not null,
        user_id uuid null,
        session_id uuid null,
        invitation_hash varchar(43) null,
        return_to varchar(500) not null,
        expires_at timestamptz not null
      )`);
    this.addSql('create index provider_sign_in_expires_at_index on provider_sign_in (expires_at)');
  }
}
