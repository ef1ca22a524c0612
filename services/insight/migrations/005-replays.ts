import { Migration } from '@mikro-orm/migrations';

export class Migration005Replays extends Migration {
  override up(): void {
    this.addSql(
      'alter table generated_insight add column requested_at timestamptz null, add column replay_id uuid null, add column position bigint',
    );
    this.addSql('update generated_insight set position = sequence');
    this.addSql('alter table generated_insight alter column position set not null');
    this.addSql('drop index generated_insight_sequence');
    this.addSql('create index generated_insight_position on generated_insight (user_id, position)');
    this.addSql(
      'create index generated_insight_snapshot on generated_insight (snapshot_id, insight_type, sequence)',
    );
    this.addSql('create index generated_insight_replay on generated_insight (replay_id)');
    this.addSql(`
      create table known_snapshot (
        id uuid primary key,
        user_id uuid not null,
        snapshot_date date not null,
        time_range varchar(255) not null,
        superseded boolean not null,
        sequence bigint not null
      )`);
    this.addSql('create index known_snapshot_sequence on known_snapshot (sequence)');
    this.addSql('create index known_snapshot_slot on known_snapshot (user_id, snapshot_date, time_range)');
    this.addSql(`
      create table replay (
        id uuid primary key,
        "order" jsonb not null,
        status varchar(255) not null,
        phase varchar(255) not null,
        pause_reason varchar(255) null,
        round int not null,
        budget jsonb not null,
        completed jsonb null,
        requested_at timestamptz not null,
        activated_sequence bigint null,
        activated_at timestamptz null,
        rolled_back boolean not null
      )`);
    this.addSql(`
      create table replay_item (
        replay_id uuid not null,
        snapshot_id uuid not null,
        user_id uuid not null,
        job_id uuid not null,
        round int not null,
        status varchar(255) not null,
        attempts int not null,
        problem jsonb null,
        hold_until timestamptz null,
        requested_at timestamptz not null,
        ended_at timestamptz null,
        primary key (replay_id, snapshot_id)
      )`);
    this.addSql('create index replay_item_status on replay_item (replay_id, status)');
    this.addSql('create index replay_item_job on replay_item (job_id)');
  }
}
