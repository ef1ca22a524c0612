import { Migration } from '@mikro-orm/migrations';

/** What jobs are found by, and their timelines: read again once, for as far back as the log tells. */
export class Migration006FoundJobs extends Migration {
  override up(): void {
    this.addSql(`
      alter table background_job
        add column queue varchar(255) null, add column lane varchar(255) null,
        add column cause_id uuid null, add column trace_id varchar(255) null,
        add column worker varchar(255) null, add column started_at timestamptz null,
        add column ended_at timestamptz null, add column attempts jsonb not null default '[]',
        add column details_sequence bigint not null default 0`);
    this.addSql('drop index background_job_user_id_created_at_index');
    for (const column of ['user_id', 'status', 'job_type', 'queue', 'cause_id']) {
      this.addSql(
        `create index background_job_${column}_created_at_id_index on background_job (${column}, created_at, id)`,
      );
    }
    this.addSql('create index background_job_created_at_id_index on background_job (created_at, id)');
    this.addSql(`create index background_job_error_words_index on background_job
      using gin (to_tsvector('simple', (error->>'code') || ' ' || (error->>'message'))) where error is not null`);
  }
}
