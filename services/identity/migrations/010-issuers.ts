import { Migration } from '@mikro-orm/migrations';

export class Migration010Issuers extends Migration {
  override up(): void {
    this.addSql('alter table one_time_code add column issued_by uuid null');
    this.addSql('create index one_time_code_issued_by_index on one_time_code (issued_by)');
    this.addSql('alter table failed_try add column succeeded_at timestamptz null');
  }
}
