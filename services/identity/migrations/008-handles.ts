import { Migration } from '@mikro-orm/migrations';

export class Migration008Handles extends Migration {
  override up(): void {
    this.addSql(`
      alter table registered_user
        add column handle text null,
        add column handle_fingerprint varchar(255) null,
        add constraint registered_user_handle_fingerprint_unique unique (handle_fingerprint)`);
  }
}
