import { MikroORM } from '@mikro-orm/postgresql';
import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { type ErasedPiece, erasePerson } from '@undertone/contracts/personal-data/erasure';
import { tokenAggregate } from '@undertone/contracts/subjects';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { Answers, asked } from '@undertone/platform/nest/answers';
import { ErasurePiece } from '@undertone/platform/personal-data/erasure-piece';
import { SPOTIFY_APPS } from '../links/links.commands.js';
import { VaultEntry } from '../vault/vault-entry.entity.js';

@Controller()
export class ErasePersonCommands {
  constructor(
    @Inject(MikroORM) private readonly orm: MikroORM,
    @Inject(EventStore) private readonly store: EventStore,
  ) {}

  /** The key goes with the tokens that stand under it. Spotify has no call to take back what was allowed: the person does it there. */
  @Answers(erasePerson.token)
  async erase(
    @Payload(asked(erasePerson.token)) { user_id: userId }: { user_id: string },
  ): Promise<ErasedPiece> {
    const em = this.orm.em.fork();
    const isConnected = (await em.count(VaultEntry, { userId, removedAt: null })) > 0;
    const piece = new ErasurePiece('token');
    await piece.rows(em, userId);
    const { stream, filter } = tokenAggregate(userId);
    await piece.events(this.store, stream, filter);
    return {
      ...piece.answer,
      ...(isConnected && { allowed_elsewhere: [{ provider: 'spotify', revoke_at: SPOTIFY_APPS }] }),
    };
  }
}
