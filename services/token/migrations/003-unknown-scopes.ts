import { Migration } from '@mikro-orm/migrations';

export class Migration003UnknownScopes extends Migration {
  override up(): void {
    this.addSql('alter table vault_entry alter column scopes drop not null');
  }
}
