import { Migration } from '@mikro-orm/migrations';

export class Migration002PromptOutcomes extends Migration {
  override up(): void {
    this.addSql(`
      alter table generated_insight
        add column experiment_id uuid null,
        add column variant varchar(255) null,
        add column parameters jsonb null`);
    this.addSql('create index generated_insight_report on generated_insight (insight_type, generated_at)');
    this.addSql(`
      create table generation_failure (
        insight_id uuid primary key,
        user_id uuid not null,
        insight_type varchar(255) not null,
        prompt_version varchar(255) not null,
        experiment_id uuid null,
        variant varchar(255) null,
        code varchar(255) not null,
        attempts int not null,
        failed_at timestamptz not null,
        sequence bigint not null
      )`);
    this.addSql('create index generation_failure_report on generation_failure (insight_type, failed_at)');
    this.addSql(`
      create table insight_feedback (
        insight_id uuid primary key,
        user_id uuid not null,
        helpful boolean not null,
        given_at timestamptz not null,
        sequence bigint not null
      )`);
  }
}
