import { Migration } from '@mikro-orm/migrations';

export class Migration012DaysToCome extends Migration {
  override up(): void {
    // A read model: the service builds its rows again from the log when it starts.
    this.addSql('delete from known_snapshot');
    this.addSql(`delete from projection_checkpoint where name = 'insight-known-snapshots'`);
  }
}
