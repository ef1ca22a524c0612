import { Migration } from '@mikro-orm/migrations';

export class Migration012LostRefreshes extends Migration {
  override up(): void {
    this.addSql(`
      alter table session
        add column skipped int not null default 0,
        add column is_shown boolean not null default false`);
  }
}
