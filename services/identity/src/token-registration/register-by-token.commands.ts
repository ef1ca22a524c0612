import { type EntityManager, MikroORM } from '@mikro-orm/postgresql';
import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import type { Principal } from '@undertone/contracts/access/principal';
import { registerByToken } from '@undertone/contracts/identity/rpc';
import type { ToneMode } from '@undertone/contracts/insight/insight';
import { FieldEncryption } from '@undertone/platform/crypto/field-encryption';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { Answers, asked, Caller } from '@undertone/platform/nest/answers';
import { knownByName } from '../linked-accounts/spotify-names.js';
import { TokenOwners } from '../providers/token-owners.js';
import { findOrInsert } from '../registration/find-or-insert.js';
import { announceUser } from '../users/announce-user.js';
import { fingerprintsOf, sealPerson } from '../users/personal-data.js';
import { unknownUser } from '../users/profile.js';
import { shownName } from '../users/shown-name.js';
import { User, type UserRow } from '../users/user.entity.js';

interface Registered {
  readonly user_id: string;
  readonly time_zone: string | null;
  readonly tone_mode: ToneMode | null;
}

/** Registering as clients of the first version do, who bring a Spotify token and nothing else. */
@Controller()
export class TokenRegistrationCommands {
  constructor(
    @Inject(MikroORM) private readonly orm: MikroORM,
    @Inject(EventStore) private readonly store: EventStore,
    @Inject(FieldEncryption) private readonly encryption: FieldEncryption,
    @Inject(TokenOwners) private readonly owners: TokenOwners,
  ) {}

  @Answers(registerByToken)
  async register(
    @Payload(asked(registerByToken)) { access_token }: { access_token: string },
    @Caller() { who }: Principal,
  ): Promise<Registered> {
    const row = who.kind === 'user' ? await this.themselves(who.user_id) : await this.ownerOf(access_token);
    if (row.registeredSequence == null) await announceUser(this.store, this.orm.em.fork(), row);
    return { user_id: row.id, time_zone: row.timeZone ?? null, tone_mode: row.toneMode ?? null };
  }

  private async themselves(id: string): Promise<UserRow> {
    const row = await this.orm.em.fork().findOne(User, { id });
    if (!row) throw unknownUser();
    return row;
  }

  /** Open mode: the person by whose name at Spotify clients of later versions register, too. */
  private async ownerOf(accessToken: string): Promise<UserRow> {
    const account = await this.owners.of(accessToken);
    return this.orm.em.fork().transactional(async (em: EntityManager) => {
      const known = await knownByName(em, this.encryption, account);
      if (known) return known;
      const fingerprints = fingerprintsOf(this.encryption, account.id);
      const { row } = await findOrInsert(em, 'spotifyUserFingerprint', fingerprints, (id) => ({
        ...sealPerson(this.encryption, id, {
          spotifyUserId: account.id,
          isSpotifyProven: true,
          displayName: shownName(account.displayName),
        }),
        timeZone: null,
      }));
      return row;
    });
  }
}
