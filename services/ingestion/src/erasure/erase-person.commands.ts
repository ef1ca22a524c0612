import { MikroORM } from '@mikro-orm/postgresql';
import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { playsGroup, snapshotsGroup } from '@undertone/contracts/listening/cache-keys';
import { type ErasedPiece, erasePerson } from '@undertone/contracts/personal-data/erasure';
import { type ObjectPrefix, objectPrefixes, objectsOf } from '@undertone/contracts/personal-data/stores';
import { listeningAggregate } from '@undertone/contracts/subjects';
import { ReadCache } from '@undertone/platform/cache/read-cache';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { Answers, asked } from '@undertone/platform/nest/answers';
import { OBJECT_STORAGE } from '@undertone/platform/nest/tokens';
import type { ObjectStorage } from '@undertone/platform/objects/object-storage';
import { ErasurePiece } from '@undertone/platform/personal-data/erasure-piece';

@Controller()
export class ErasePersonCommands {
  constructor(
    @Inject(MikroORM) private readonly orm: MikroORM,
    @Inject(EventStore) private readonly store: EventStore,
    @Inject(OBJECT_STORAGE) private readonly storage: ObjectStorage,
    @Inject(ReadCache) private readonly cache: ReadCache,
  ) {}

  /** The events first: what the projections have not read by then they never read. */
  @Answers(erasePerson.ingestion)
  async erase(
    @Payload(asked(erasePerson.ingestion)) { user_id: userId }: { user_id: string },
  ): Promise<ErasedPiece> {
    const piece = new ErasurePiece('ingestion');
    const { stream, filter } = listeningAggregate(userId);
    await piece.events(this.store, stream, filter);
    await piece.rows(this.orm.em.fork(), userId);
    for (const prefix of Object.keys(objectPrefixes) as ObjectPrefix[]) {
      await piece.objects(this.storage, prefix, objectsOf(prefix, userId));
    }
    this.cache.drop(snapshotsGroup(userId));
    this.cache.drop(playsGroup(userId));
    return piece.answer;
  }
}
