import { Migration } from '@mikro-orm/migrations';

export class Migration012PlaysByMinute extends Migration {
  override up(): void {
    // The plays of a minute are found by the index of the history.
    this.addSql('drop index play_minute_key_index');
  }
}
