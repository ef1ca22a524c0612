import { MikroORM } from '@mikro-orm/postgresql';
import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { storeTokens } from '@undertone/contracts/token/rpc';
import type { LinkState, TokenSubmission } from '@undertone/contracts/token/token';
import { FieldEncryption } from '@undertone/platform/crypto/field-encryption';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { newId } from '@undertone/platform/ids/ids';
import { Answers, asked } from '@undertone/platform/nest/answers';
import { announceLink } from './announce-link.js';
import { sealToken } from './sealed-tokens.js';
import { VaultEntry } from './vault-entry.entity.js';

@Controller()
export class LinkCommands {
  constructor(
    @Inject(MikroORM) private readonly orm: MikroORM,
    @Inject(EventStore) private readonly store: EventStore,
    @Inject(FieldEncryption) private readonly encryption: FieldEncryption,
  ) {}

  /** The row first, then the event: what a crash leaves between the two is healed, by the next store or the next start. */
  @Answers(storeTokens)
  async storeTokens(@Payload(asked(storeTokens)) tokens: TokenSubmission): Promise<LinkState> {
    const key = { userId: tokens.user_id, provider: 'spotify' } as const;
    const storedAt = new Date();
    const expiresAt = new Date(storedAt.getTime() + tokens.expires_in * 1000);
    const scopes = [...new Set(tokens.scope.split(' ').filter((scope) => scope !== ''))];
    const em = this.orm.em.fork();
    await em.upsert(
      VaultEntry,
      {
        ...key,
        accessToken: sealToken(this.encryption, key, 'accessToken', tokens.access_token),
        refreshToken: sealToken(this.encryption, key, 'refreshToken', tokens.refresh_token),
        expiresAt,
        scopes,
        storedAt,
        storedUntil: expiresAt,
        relinkRequiredAt: null,
        storeId: newId(),
        announced: false,
        logSequence: 0,
      },
      {
        onConflictFields: ['userId', 'provider'],
        // The log goes on where the tokens before these left it.
        onConflictExcludeFields: ['logSequence'],
        disableIdentityMap: true,
      },
    );
    await announceLink(this.store, em, key);
    return {
      user_id: key.userId,
      provider: key.provider,
      scopes,
      expires_at: expiresAt.toISOString(),
      stored_at: storedAt.toISOString(),
    };
  }
}
