import { Migration } from '@mikro-orm/migrations';

export class Migration014Erasures extends Migration {
  override up(): void {
    this.addSql(`
      create table erasure (
        id uuid primary key,
        user_id uuid null,
        pseudonym uuid not null,
        code_hash varchar(43) null,
        requested_at timestamptz not null,
        round int not null default 1,
        job_requested boolean not null default false,
        passed_at timestamptz null,
        removed jsonb not null,
        allowed_elsewhere jsonb not null,
        done_at timestamptz null
      )`);
    this.addSql('alter table erasure add constraint erasure_user_id_unique unique (user_id)');
    this.addSql('alter table erasure add constraint erasure_code_hash_unique unique (code_hash)');
    this.addSql('create index erasure_unrequested_index on erasure (id) where job_requested = false');
  }
}
