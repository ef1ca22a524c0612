import { Migration } from '@mikro-orm/migrations';

export class Migration008EndedJobs extends Migration {
  override up(): void {
    this.addSql('create index background_job_ended_at_index on background_job (ended_at)');
  }
}
