import { Migration } from '@mikro-orm/migrations';

export class Migration006SignIn extends Migration {
  override up(): void {
    // Not everybody has an account at Spotify any more, so the key's id is read from a value that everybody has.
    this.addSql('alter table registered_user drop column key_id');
    this.addSql(`
      alter table registered_user
        alter column spotify_user_fingerprint drop not null,
        alter column spotify_user_id drop not null,
        add column sign_in_email text null,
        add column sign_in_email_fingerprint varchar(255) null,
        add column password_hash text null,
        add column is_admin boolean not null default false,
        add column key_id varchar(8) null generated always as
          (case when display_name like 'v2.%' then split_part(display_name, '.', 2) end) stored,
        add constraint registered_user_sign_in_email_fingerprint_unique unique (sign_in_email_fingerprint)`);
    this.addSql('create index registered_user_key_id_id_index on registered_user (key_id, id)');
    this.addSql('create index registered_user_admin_index on registered_user (id) where is_admin = true');
    this.addSql(`
      create table session (
        id uuid primary key,
        user_id uuid not null,
        device varchar(100) not null,
        token_hash varchar(43) not null,
        chain_key varchar(43) not null,
        rotations int not null,
        created_at timestamptz not null,
        rotated_at timestamptz not null,
        ended_at timestamptz null
      )`);
    this.addSql('create index session_user_id_index on session (user_id)');
    this.addSql('create index session_ended_at_index on session (ended_at) where ended_at is not null');
    this.addSql(`
      create table api_key (
        id uuid primary key,
        user_id uuid not null,
        name varchar(100) not null,
        key_hash varchar(43) not null,
        scopes jsonb not null,
        created_at timestamptz not null,
        expires_at timestamptz null,
        last_used_at timestamptz null,
        ended_at timestamptz null
      )`);
    this.addSql('alter table api_key add constraint api_key_key_hash_unique unique (key_hash)');
    this.addSql('create index api_key_user_id_index on api_key (user_id)');
    this.addSql('create index api_key_ended_at_index on api_key (ended_at) where ended_at is not null');
    this.addSql(`
      create table signing_key (
        kid varchar(64) primary key,
        public_key jsonb not null,
        private_key text not null,
        created_at timestamptz not null
      )`);
    this.addSql(`
      create table one_time_code (
        code_hash varchar(43) primary key,
        purpose varchar(16) not null,
        user_id uuid null,
        makes_admin boolean not null,
        expires_at timestamptz not null
      )`);
    this.addSql('create index one_time_code_expires_at_index on one_time_code (expires_at)');
    this.addSql('create index one_time_code_user_id_index on one_time_code (user_id)');
    this.addSql(`
      create table failed_try (
        subject varchar(80) primary key,
        failures int not null,
        failed_at timestamptz not null
      )`);
    this.addSql('create index failed_try_failed_at_index on failed_try (failed_at)');
  }
}
