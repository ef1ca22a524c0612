import { Migration } from '@mikro-orm/migrations';

export class Migration009JobTotals extends Migration {
  override up(): void {
    this.addSql(`
      create table job_total (
        day date not null,
        job_type varchar(255) not null,
        succeeded int not null,
        failed int not null,
        cancelled int not null,
        attempts int not null,
        primary key (day, job_type)
      )`);
  }
}
