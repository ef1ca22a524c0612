import { Migration } from '@mikro-orm/migrations';

export class Migration006Retries extends Migration {
  override up(): void {
    this.addSql('alter table background_job add column retry_of uuid null');
  }
}
