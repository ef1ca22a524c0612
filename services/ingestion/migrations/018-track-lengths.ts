import { Migration } from '@mikro-orm/migrations';

export class Migration018TrackLengths extends Migration {
  override up(): void {
    this.addSql('alter table play add column track_ms int null');
    this.addSql('alter table unused_telling add column track_ms int null');
    this.addSql('alter table import_report add column streams jsonb null');
  }
}
