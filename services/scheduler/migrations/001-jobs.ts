import { Migration } from '@mikro-orm/migrations';

export class Migration001Jobs extends Migration {
  override up(): void {
    this.addSql(`
      create table background_job (
        id uuid primary key,
        user_id uuid not null,
        job_type varchar(255) not null,
        status varchar(255) not null,
        result jsonb null,
        error jsonb null,
        progress jsonb null,
        attempt int not null,
        created_at timestamptz not null,
        updated_at timestamptz not null
      )`);
    this.addSql(
      'create index background_job_user_id_created_at_index on background_job (user_id, created_at)',
    );
    this.addSql(`
      create table dead_letter (
        id varchar(255) primary key,
        stream varchar(255) not null,
        consumer varchar(255) not null,
        stream_sequence bigint not null,
        deliveries int not null,
        happened_at timestamptz not null
      )`);
    this.addSql(`
      create table projection_checkpoint (
        name varchar(255) primary key,
        sequence bigint not null,
        updated_at timestamptz not null
      )`);
  }
}
