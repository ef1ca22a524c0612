import { Migration } from '@mikro-orm/migrations';

export class Migration007Retries extends Migration {
  override up(): void {
    this.addSql('alter table background_job add column retry_of uuid null');
  }
}
