import { Migration } from '@mikro-orm/migrations';

export class Migration009ReplaySpending extends Migration {
  override up(): void {
    // A replica of the release before may be writing.
    this.addSql('lock table replay, replay_item, replay_total, model_spending in exclusive mode');
    this.addSql('alter table model_spending add column replay_id uuid null');
    this.addSql('alter table model_spending alter column reserved_usd drop not null');
    this.addSql(`
      create table replay_spending (
        replay_id uuid primary key,
        calls int not null,
        tokens bigint not null,
        usd double precision null,
        most_tokens bigint not null,
        most_usd double precision null
      )`);
    this.addSql(`
      insert into replay_spending
      select r.id, r.calls + coalesce(t.calls, 0), r.tokens, r.usd, r.most_tokens, r.most_usd
      from replay r left join replay_total t on t.replay_id = r.id`);
    this.addSql(`
      alter table replay drop column calls, drop column tokens, drop column most_tokens, drop column usd,
        drop column most_usd`);
    for (const table of ['replay_item', 'replay_total'])
      this.addSql(`alter table ${table} drop column calls`);
  }
}
