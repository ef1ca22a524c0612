import { MikroORM } from '@mikro-orm/postgresql';
import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import type { Principal } from '@undertone/contracts/access/principal';
import { id } from '@undertone/contracts/id';
import {
  beginErasure,
  type ErasureReceipt,
  eraseAgain,
  getErasure,
  type KnownPeople,
  type KnownPeoplePage,
  knownPeopleQuestions,
  type ListedErasure,
  listErasures,
  MOST_KNOWN_PEOPLE,
  type PseudonymsToErase,
} from '@undertone/contracts/personal-data/erasure';
import { userAggregate } from '@undertone/contracts/subjects';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { pseudonymOf } from '@undertone/platform/ids/pseudonym';
import { Answers, asked, Caller } from '@undertone/platform/nest/answers';
import { knownPeopleOf } from '@undertone/platform/personal-data/known-people';
import { KeysetCursor } from '@undertone/platform/rpc/keyset-cursor';
import type { Page } from '@undertone/platform/rpc/page';
import { Refused, RpcClient } from '@undertone/platform/rpc/rpc-client';
import { hashOf, randomSecret } from '../secrets/random-secret.js';
import { Erasure } from './erasure.entity.js';
import { Erasures, jobIdOf } from './erasures.js';

const list = new KeysetCursor('erasures', id);

@Controller()
export class ErasureCommands {
  constructor(
    @Inject(MikroORM) private readonly orm: MikroORM,
    @Inject(EventStore) private readonly store: EventStore,
    @Inject(RpcClient) private readonly rpc: RpcClient,
    @Inject(Erasures) private readonly erasures: Erasures,
  ) {}

  @Answers(beginErasure)
  async begin(@Payload(asked(beginErasure)) { user_id }: { user_id: string }, @Caller() caller: Principal) {
    const code = randomSecret();
    // In open mode nobody needs an admin.
    const leavesAnAdmin = caller.authenticated_by === 'session';
    const erasure = await this.erasures.begin(user_id, { code, leavesAnAdmin });
    return { task_id: jobIdOf(erasure), status: 'queued' as const, receipt_code: code };
  }

  @Answers(getErasure)
  async get(@Payload(asked(getErasure)) { receipt_code }: { receipt_code: string }): Promise<ErasureReceipt> {
    const row = await this.orm.em.fork().findOne(Erasure, { codeHash: hashOf(receipt_code) });
    if (!row) throw new Refused('ERASURE_NOT_FOUND', 'there is no erasure with this receipt code');
    return {
      status: row.doneAt == null ? 'pending' : 'done',
      pseudonym: row.pseudonym,
      requested_at: row.requestedAt.toISOString(),
      done_at: row.doneAt?.toISOString() ?? null,
      removed: row.removed,
      rewritten_at: row.rewrittenAt?.toISOString() ?? null,
      not_rewritten: row.notRewritten ?? [],
      allowed_elsewhere: row.allowedElsewhere,
    };
  }

  @Answers(listErasures)
  async list(
    @Payload(asked(listErasures)) { limit, cursor }: { limit: number; cursor?: string | undefined },
  ): Promise<Page<ListedErasure>> {
    const before = cursor === undefined ? {} : { id: { $lt: list.read(cursor) } };
    const rows = await this.orm.em
      .fork()
      .find(Erasure, before, { orderBy: { id: 'desc' }, limit: limit + 1, disableIdentityMap: true });
    const shown = rows.slice(0, limit).map(({ pseudonym, requestedAt, doneAt }) => ({
      pseudonym,
      requested_at: requestedAt.toISOString(),
      erased_at: doneAt?.toISOString() ?? null,
    }));
    return list.page(rows, shown, (row) => row.id);
  }

  /** Whoever is back came with an older database or an older log, of any service: so all of them are looked through. */
  @Answers(eraseAgain)
  async again(
    @Payload(asked(eraseAgain)) { pseudonyms, dry_run }: PseudonymsToErase,
    @Caller() caller: Principal,
  ) {
    const wanted = new Set(pseudonyms);
    const back = new Map<string, string>();
    for await (const userId of this.everybody()) {
      const pseudonym = pseudonymOf(userId);
      if (wanted.has(pseudonym)) back.set(userId, pseudonym);
    }
    const task_ids: string[] = [];
    let lastAdmin: Refused | undefined;
    // Where nobody signs in, nobody is left without an admin.
    const leavesAnAdmin = caller.who.kind !== 'local_operator';
    for (const userId of dry_run ? [] : back.keys()) {
      const options = { isKnown: true, orderedBy: caller, leavesAnAdmin };
      try {
        task_ids.push(jobIdOf(await this.erasures.begin(userId, options)));
      } catch (error) {
        // The others are erased all the same, and this one once somebody else is an admin.
        if (!(error instanceof Refused) || error.code !== 'LAST_ADMIN') throw error;
        lastAdmin = error;
      }
    }
    if (lastAdmin) throw lastAdmin;
    return { found: [...back.values()], task_ids };
  }

  /** Whom any service knows. Some are given more than once. */
  private async *everybody(): AsyncGenerator<string> {
    const events = { store: this.store, aggregateOf: userAggregate };
    yield* everyPage((page) => knownPeopleOf('identity', this.orm.em.fork(), page, events));
    for (const question of knownPeopleQuestions) yield* everyPage((page) => this.rpc.ask(question, page));
  }
}

async function* everyPage(ask: (page: KnownPeoplePage) => Promise<KnownPeople>): AsyncGenerator<string> {
  for (let after: string | undefined; ; ) {
    const { user_ids } = await ask({ after, limit: MOST_KNOWN_PEOPLE });
    yield* user_ids;
    if (user_ids.length < MOST_KNOWN_PEOPLE) return;
    after = user_ids.at(-1);
  }
}
