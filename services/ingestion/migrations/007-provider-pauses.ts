import { Migration } from '@mikro-orm/migrations';

export class Migration007ProviderPauses extends Migration {
  override up(): void {
    this.addSql(`
      create table provider_pause (
        account varchar(255) not null,
        kind varchar(255) not null,
        resume_at timestamptz not null,
        primary key (account, kind)
      )`);
  }
}
