import { Migration } from '@mikro-orm/migrations';

/** `dead_letter` says which job it is of; its projection builds it again from the advisories that the log keeps. */
export class Migration002SettledJobs extends Migration {
  override up(): void {
    this.addSql('create table settled_job (job_id uuid primary key, retry_id uuid null)');
    this.addSql('drop table dead_letter');
    this.addSql(`
      create table dead_letter (
        id varchar(255) primary key,
        stream varchar(255) not null,
        consumer varchar(255) not null,
        stream_sequence bigint not null,
        deliveries int not null,
        happened_at timestamptz not null,
        event_id varchar(255) null,
        event_type varchar(255) null,
        job_id uuid null,
        queue varchar(255) null,
        lane varchar(255) null
      )`);
    this.addSql("delete from projection_checkpoint where name = 'scheduler-dead-letters'");
  }
}
