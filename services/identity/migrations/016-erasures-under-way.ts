import { Migration } from '@mikro-orm/migrations';

/** The sweep looks at each erasure that is not done. */
export class Migration016ErasuresUnderWay extends Migration {
  override up(): void {
    this.addSql('create index erasure_under_way_index on erasure (id) where done_at is null');
    this.addSql('drop index erasure_unrequested_index');
  }
}
