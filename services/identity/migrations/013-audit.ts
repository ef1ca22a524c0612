import { Migration } from '@mikro-orm/migrations';

export class Migration013Audit extends Migration {
  override up(): void {
    this.addSql(`
      create table projection_checkpoint (
        name varchar(255) primary key,
        sequence bigint not null,
        updated_at timestamptz not null,
        log varchar(255) null,
        landmark bigint null,
        landmark_at timestamptz null,
        built_from jsonb null
      )`);
    this.addSql(`
      create table audit_record (
        id uuid primary key,
        sequence bigint not null,
        what varchar(100) not null,
        actor uuid not null,
        subject uuid null,
        called_by varchar(16) not null,
        is_admin boolean not null,
        credential uuid null,
        targets jsonb not null,
        status int null,
        code varchar(100) null,
        denied jsonb null,
        at timestamptz not null
      )`);
    for (const columns of ['sequence', 'actor, sequence', 'subject, sequence', 'what, sequence', 'at']) {
      const name = `audit_record_${columns.replaceAll(', ', '_')}_index`;
      this.addSql(`create index ${name} on audit_record (${columns})`);
    }
    this.addSql('create table audit_due (id uuid primary key, action jsonb not null)');
    // Filled when somebody reads the audit, since an older release that is still there gives none.
    this.addSql('alter table registered_user add column pseudonym uuid null');
    this.addSql(
      'alter table registered_user add constraint registered_user_pseudonym_unique unique (pseudonym)',
    );
    this.addSql(
      'create index registered_user_without_pseudonym_index on registered_user (id) where pseudonym is null',
    );
  }
}
