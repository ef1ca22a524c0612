import { Migration } from '@mikro-orm/migrations';

export class Migration006ModelSpending extends Migration {
  override up(): void {
    this.addSql(`
      create table model_spending (
        id uuid primary key,
        user_id uuid not null,
        day date not null,
        model_id varchar(255) not null,
        reserved_tokens bigint not null,
        reserved_usd double precision not null,
        spent_tokens bigint null,
        spent_usd double precision null,
        at timestamptz not null
      )`);
    this.addSql('create index model_spending_day on model_spending (day, user_id)');
  }
}
