import { Migration } from '@mikro-orm/migrations';

export class Migration001Listening extends Migration {
  override up(): void {
    this.addSql(`
      create table track (
        id varchar(255) primary key,
        name text not null,
        artists jsonb not null,
        album text null,
        duration_ms int null,
        updated_at timestamptz not null
      )`);
    this.addSql(`
      create table audio_features (
        track_id varchar(255) not null,
        source varchar(255) not null,
        valence double precision null,
        energy double precision null,
        danceability double precision null,
        acousticness double precision null,
        instrumentalness double precision null,
        speechiness double precision null,
        liveness double precision null,
        tempo double precision null,
        loudness double precision null,
        fetched_at timestamptz not null,
        primary key (track_id, source)
      )`);
    this.addSql(`
      create table ingest (
        id uuid primary key,
        user_id uuid not null,
        time_range varchar(255) not null,
        fetched_at timestamptz not null,
        sequence bigint not null
      )`);
    this.addSql('create index ingest_user_id_time_range_index on ingest (user_id, time_range)');
    this.addSql(`
      create table play (
        user_id uuid not null,
        played_at timestamptz not null,
        track_id varchar(255) not null,
        source varchar(255) not null,
        primary key (user_id, played_at, track_id)
      )`);
    this.addSql(`
      create table listening_snapshot (
        id uuid primary key,
        user_id uuid not null,
        snapshot_date date not null,
        time_range varchar(255) not null,
        source varchar(255) not null,
        audio_features jsonb not null,
        mood_patterns jsonb not null,
        mood_diversity_score double precision null,
        total_tracks_analyzed int not null,
        classifier_version varchar(255) not null,
        computed_at timestamptz not null,
        sequence bigint not null,
        superseded boolean not null
      )`);
    this.addSql(
      'create unique index listening_snapshot_current on listening_snapshot (user_id, snapshot_date, time_range) where superseded = false',
    );
    this.addSql('create index listening_snapshot_sequence on listening_snapshot (user_id, sequence)');
    this.addSql(`
      create table projection_checkpoint (
        name varchar(255) primary key,
        sequence bigint not null,
        updated_at timestamptz not null
      )`);
  }
}
