import { Migration } from '@mikro-orm/migrations';

export class Migration004OptionalEmail extends Migration {
  override up(): void {
    this.addSql('alter table registered_user alter column email drop not null');
  }
}
