import { MikroORM } from '@mikro-orm/postgresql';
import { Controller, Inject, type Type } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import {
  type KnownPeople,
  type KnownPeoplePage,
  listKnownPeople,
  type RewrittenTables,
  rewriteTables as rewriteTablesOf,
} from '@undertone/contracts/personal-data/erasure';
import type { Aggregate } from '@undertone/contracts/subjects';
import { EventStore } from '../event-store/event-store.js';
import { knownPeopleOf } from '../personal-data/known-people.js';
import { rewriteTables } from '../personal-data/rewrite-tables.js';
import type { DatabaseSettings } from '../settings/server-settings.js';
import { Answers, asked } from './answers.js';
import { SETTINGS } from './tokens.js';

/**
 * What every service does alike for erasures: says whom it knows, and has its tables rewritten.
 * @param aggregateOf a person's events, where the service has some.
 */
export function erasureController(
  service: keyof typeof listKnownPeople,
  aggregateOf?: (userId: string) => Aggregate,
): Type<unknown> {
  @Controller()
  class ErasureController {
    constructor(
      @Inject(MikroORM) private readonly orm: MikroORM,
      @Inject(EventStore) private readonly store: EventStore,
      @Inject(SETTINGS) private readonly settings: DatabaseSettings,
    ) {}

    @Answers(listKnownPeople[service])
    known(@Payload(asked(listKnownPeople[service])) page: KnownPeoplePage): Promise<KnownPeople> {
      const events = aggregateOf && { store: this.store, aggregateOf };
      return knownPeopleOf(service, this.orm.em.fork(), page, events);
    }

    @Answers(rewriteTablesOf[service])
    async rewrite(): Promise<RewrittenTables> {
      return { not_rewritten: await rewriteTables(service, this.settings) };
    }
  }
  return ErasureController;
}
