import { Migration } from '@mikro-orm/migrations';

export class Migration011TaggedLists extends Migration {
  override up(): void {
    this.addSql('alter table kept_list add column etag varchar(255) null');
  }
}
