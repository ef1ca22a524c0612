import { Migration } from '@mikro-orm/migrations';

export class Migration003SnapshotsOfPlays extends Migration {
  override up(): void {
    // Read models: the service builds their rows again from the log when it starts.
    this.addSql('delete from listening_snapshot');
    this.addSql(`delete from projection_checkpoint where name = 'ingestion-listening-snapshots'`);
    this.addSql(`
      alter table listening_snapshot
        add column period jsonb null,
        add column weighting varchar(255) not null,
        add column total_plays_analyzed int null,
        add column top_artists jsonb null,
        add column top_genres jsonb not null,
        add column genre_coverage double precision not null`);
  }
}
