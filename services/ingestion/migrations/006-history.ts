import { Migration } from '@mikro-orm/migrations';

export class Migration006History extends Migration {
  override up(): void {
    this.addSql(
      'create index play_history_index on play (user_id, played_at, id) include (track_id, ms_played)',
    );
    this.addSql('drop index play_user_id_played_at_index');
  }
}
