import { Migration } from '@mikro-orm/migrations';

export class Migration005Preferences extends Migration {
  override up(): void {
    this.addSql(`
      alter table registered_user
        add column language varchar(35) null,
        add column first_day_of_week varchar(9) null,
        add column run_hours jsonb null,
        add column tone_mode varchar(16) null`);
  }
}
