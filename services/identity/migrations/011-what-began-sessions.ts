import { Migration } from '@mikro-orm/migrations';

export class Migration011WhatBeganSessions extends Migration {
  override up(): void {
    this.addSql(
      'alter table session add column started_by uuid null, add column reuse_found_at timestamptz null',
    );
    this.addSql('create index session_reuse_found_at_index on session (id) where reuse_found_at is not null');
    this.addSql('alter table failed_try add column waiting_since timestamptz null');
    this.addSql(`
      alter table one_time_code
        add column id uuid not null default gen_random_uuid(),
        add column is_mailed boolean not null default false,
        add constraint one_time_code_id_unique unique (id)`);
  }
}
