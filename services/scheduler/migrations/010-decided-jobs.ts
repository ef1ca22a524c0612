import { Migration } from '@mikro-orm/migrations';

export class Migration010DecidedJobs extends Migration {
  override up(): void {
    this.addSql(`
      create table decided_job (
        decision_id uuid not null,
        job_id uuid not null,
        primary key (decision_id, job_id)
      )`);
    this.addSql('create index decided_job_job_id_index on decided_job (job_id)');
  }
}
