import { Migration } from '@mikro-orm/migrations';

export class Migration002TimeZone extends Migration {
  override up(): void {
    this.addSql('alter table registered_user add column time_zone varchar(64) null');
  }
}
