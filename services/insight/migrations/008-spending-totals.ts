import { Migration } from '@mikro-orm/migrations';

export class Migration008SpendingTotals extends Migration {
  override up(): void {
    this.addSql('lock table model_spending in exclusive mode');
    this.addSql(`
      create table spending_total (
        day date not null,
        spender varchar(255) not null,
        tokens bigint not null,
        usd double precision not null,
        primary key (day, spender)
      )`);
    this.addSql(`
      insert into spending_total
      select day, coalesce(user_id::text, 'all'), sum(coalesce(spent_tokens, reserved_tokens)),
        sum(coalesce(spent_usd, reserved_usd))
      from model_spending group by grouping sets ((day), (day, user_id))`);
    this.addSql('drop index model_spending_day');
    this.addSql('create index model_spending_day on model_spending (day)');
  }
}
