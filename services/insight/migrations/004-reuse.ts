import { Migration } from '@mikro-orm/migrations';

export class Migration004Reuse extends Migration {
  override up(): void {
    this.addSql(`
      alter table generated_insight
        add column reuse_scope varchar(255) null,
        add column reuse_key varchar(255) null,
        add column reused_from uuid null,
        add column reuse_reason text null`);
    this.addSql('create index generated_insight_reuse_key on generated_insight (reuse_key)');
    this.addSql('create index generated_insight_reuse_scope on generated_insight (reuse_scope, sequence)');
    this.addSql(`
      create table insight_claim (
        key varchar(255) primary key,
        holder uuid not null,
        expires_at timestamptz not null,
        insight_id uuid null
      )`);
  }
}
