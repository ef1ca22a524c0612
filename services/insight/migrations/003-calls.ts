import { Migration } from '@mikro-orm/migrations';

/** What an insight's calls of language models took, and what it may be reused for; the read model is built again. */
export class Migration003Calls extends Migration {
  override up(): void {
    this.addSql('truncate table generated_insight');
    this.addSql(`
      alter table generated_insight
        add column model_id varchar(255) null,
        add column cost_usd double precision null,
        add column price_as_of varchar(255) null,
        add column fallbacks jsonb not null`);
    this.addSql("delete from projection_checkpoint where name = 'insight-generated-insights'");
  }
}
