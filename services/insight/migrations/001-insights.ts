import { Migration } from '@mikro-orm/migrations';

export class Migration001Insights extends Migration {
  override up(): void {
    this.addSql(`
      create table generated_insight (
        id uuid primary key,
        user_id uuid not null,
        snapshot_id uuid not null,
        insight_type varchar(255) not null,
        tone_mode varchar(255) not null,
        prompt_version varchar(255) not null,
        prompt_hash varchar(255) not null,
        llm_model varchar(255) not null,
        source varchar(255) not null,
        structured_output jsonb not null,
        content text not null,
        prompt_tokens int null,
        completion_tokens int null,
        provider_request_id varchar(255) null,
        generation_ms double precision not null,
        generated_at timestamptz not null,
        sequence bigint not null
      )`);
    this.addSql('create index generated_insight_sequence on generated_insight (user_id, sequence)');
    this.addSql(`
      create table projection_checkpoint (
        name varchar(255) primary key,
        sequence bigint not null,
        updated_at timestamptz not null
      )`);
  }
}
