import { Migration } from '@mikro-orm/migrations';

export class Migration010ArtistsAndUnknownFeatures extends Migration {
  override up(): void {
    this.addSql(`
      create table artist (
        id varchar(255) primary key,
        name text not null,
        genres jsonb null,
        updated_at timestamptz not null
      )`);
    this.addSql(`
      create table unknown_features (
        track_id varchar(255) not null,
        source varchar(255) not null,
        asked_at timestamptz not null,
        primary key (track_id, source)
      )`);
  }
}
