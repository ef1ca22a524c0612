import { Migration } from '@mikro-orm/migrations';

export class Migration016BuiltFrom extends Migration {
  override up(): void {
    // Null until a projection notes it with its next batch.
    this.addSql('alter table projection_checkpoint add column built_from jsonb null');
  }
}
