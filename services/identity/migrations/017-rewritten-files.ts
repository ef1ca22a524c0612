import { Migration } from '@mikro-orm/migrations';

/** Those that are done already wait for it, too. */
export class Migration017RewrittenFiles extends Migration {
  override up(): void {
    this.addSql(
      'alter table erasure add column rewritten_at timestamptz null, add column not_rewritten jsonb null',
    );
  }
}
