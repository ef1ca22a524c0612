import { Migration } from '@mikro-orm/migrations';

export class Migration009KeptLists extends Migration {
  override up(): void {
    this.addSql(`
      create table kept_list (
        user_id uuid not null,
        time_range varchar(255) not null,
        kind varchar(255) not null,
        ids jsonb not null,
        fetched_at timestamptz not null,
        primary key (user_id, time_range, kind)
      )`);
  }
}
