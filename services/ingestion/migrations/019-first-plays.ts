import { Migration } from '@mikro-orm/migrations';

export class Migration019FirstPlays extends Migration {
  override up(): void {
    this.addSql('alter table listening_snapshot add column first_played_at timestamptz null');
  }
}
