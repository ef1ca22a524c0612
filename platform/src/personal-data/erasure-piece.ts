import type { EntityManager } from '@mikro-orm/postgresql';
import type { ErasedPiece, RemovedStore } from '@undertone/contracts/personal-data/erasure';
import type { ServiceName } from '@undertone/contracts/service-name';
import { eraseMessages } from '../event-store/erase-messages.js';
import type { EventStore } from '../event-store/event-store.js';
import type { ObjectStorage } from '../objects/object-storage.js';
import { eraseRows } from './erase-rows.js';

/** Milliseconds after which a piece stops: a question has to be answered in time, and a job has to tell how far it is. */
const PIECE_MS = 3_000;

/** One bounded piece of erasing a person in a service. Each step does nothing once the time is up; the next piece goes on. */
export class ErasurePiece {
  private readonly removed: RemovedStore[] = [];
  private left = false;
  private readonly until = Date.now() + PIECE_MS;

  constructor(private readonly service: ServiceName) {}

  /** Whether there is time for another step. */
  get goesOn(): boolean {
    if (!this.left && this.isSpent()) this.left = true;
    return !this.left;
  }

  /** Notes what another step removed. */
  note(store: string, removed: number, left = false): void {
    if (removed > 0) this.removed.push({ service: this.service, store, removed });
    this.left ||= left;
  }

  async events(store: EventStore, stream: string, filter: string): Promise<void> {
    if (!this.goesOn) return;
    const { removed, left } = await eraseMessages(store, stream, filter, this.isSpent);
    this.note(`stream ${stream}`, removed, left);
  }

  async rows(em: EntityManager, userId: string): Promise<void> {
    if (!this.goesOn) return;
    const { removed, left } = await eraseRows(em, this.service, userId, this.isSpent);
    for (const { table, removed: rows } of removed) this.note(`table ${table}`, rows);
    this.left ||= left;
  }

  async objects(storage: ObjectStorage, prefix: string, key: string): Promise<void> {
    if (!this.goesOn) return;
    let removed = 0;
    for await (const found of storage.list(key)) {
      if (this.isSpent()) {
        this.left = true;
        break;
      }
      await storage.delete(found.key);
      removed += 1;
    }
    this.note(`objects ${prefix}`, removed);
  }

  readonly isSpent = (): boolean => Date.now() > this.until;

  get answer(): ErasedPiece {
    return { removed: this.removed, left: this.left };
  }
}
