import { Migration } from '@mikro-orm/migrations';

export class Migration005WaitingJobs extends Migration {
  override up(): void {
    // For the look at jobs that are overdue: few of all that ever were.
    this.addSql(`create index background_job_waiting_index on background_job (id) where status = 'RETRY'`);
  }
}
