import { Migration } from '@mikro-orm/migrations';

export class Migration007ReplayTotals extends Migration {
  override up(): void {
    // A replica of the release before may be writing.
    this.addSql('lock table generated_insight, generation_failure, replay, replay_item in exclusive mode');
    this.addSql('alter table generated_insight add column calls int null');

    // Built again from the log, with the snapshot.
    this.addSql('delete from generation_failure');
    this.addSql(`delete from projection_checkpoint where name = 'insight-generation-failures'`);
    this.addSql('alter table generation_failure add column snapshot_id uuid not null');
    this.addSql('create index generation_failure_snapshot on generation_failure (snapshot_id)');

    this.addSql(`
      alter table replay add column calls int not null default 0, add column tokens bigint not null default 0,
        add column most_tokens int not null default 0, add column usd double precision null,
        add column most_usd double precision null`);
    for (const column of ['calls', 'tokens', 'most_tokens'])
      this.addSql(`alter table replay alter column ${column} drop default`);
    this.addSql(`
      update replay set (calls, tokens, most_tokens, usd, most_usd) = (
        select count(prompt_tokens), coalesce(sum(prompt_tokens + completion_tokens), 0),
          coalesce(max(prompt_tokens + completion_tokens), 0), sum(cost_usd), max(cost_usd)
        from generated_insight where replay_id = replay.id)`);

    // JOBS forgets after 30 days, so these are not built again.
    this.addSql('alter table replay_item add column calls int not null default 0');
    this.addSql('alter table replay_item alter column calls drop default');
    this.addSql(
      `update replay_item set calls = greatest(attempts - (case status when 'written' then 1 else 0 end), 0)`,
    );
    this.addSql('create index replay_item_ended on replay_item (replay_id, ended_at)');
    this.addSql(`
      create table replay_total (
        replay_id uuid primary key,
        under_way int not null,
        written int not null,
        failed int not null,
        retries int not null,
        calls int not null
      )`);
    this.addSql(`
      insert into replay_total
      select replay_id, count(*) filter (where status = 'requested'), count(*) filter (where status = 'written'),
        count(*) filter (where status = 'failed'), sum(greatest(attempts - 1, 0)), sum(calls)
      from replay_item group by replay_id`);
  }
}
