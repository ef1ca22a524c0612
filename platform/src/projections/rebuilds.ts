import { DriverException } from '@mikro-orm/core';
import type { EntityManager, MikroORM } from '@mikro-orm/postgresql';
import type { JsMsg } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import type { RecordedEvent } from '@undertone/contracts/event';
import type { RebuildState, RebuildSwap } from '@undertone/contracts/rebuild';
import type { ReadCache } from '../cache/read-cache.js';
import type { DatabaseDefinition } from '../database/open-database.js';
import { shadowOf } from '../database/schemas.js';
import type { EventStore } from '../event-store/event-store.js';
import { newId } from '../ids/ids.js';
import type { Logger } from '../logging/logger.js';
import { Refused } from '../rpc/rpc-client.js';
import type { DatabaseSettings } from '../settings/server-settings.js';
import { readCheckpoint } from './checkpoint.js';
import type { Projection } from './projection.js';
import { LeaseLost, RebuildLease } from './rebuild-lease.js';
import type { RebuildableProjection } from './rebuild-projection.js';
import { ShadowRebuild } from './shadow-rebuild.js';
import { openShadow, ShadowTables } from './shadow-schema.js';

export interface RebuildsOptions {
  readonly service: RebuildState['service'];
  readonly nats: NatsConnection;
  readonly store: EventStore;
  readonly orm: MikroORM;
  readonly database: DatabaseDefinition;
  /** Where the database is. */
  readonly server: DatabaseSettings;
  readonly cache: Pick<ReadCache, 'renewEpoch'>;
  readonly log: Logger;
  /** By the name of the consumer. */
  readonly rebuildable: ReadonlyMap<string, RebuildableProjection>;
  /** What this process runs, by the name of the consumer; asked when a rebuild begins. */
  running(name: string): { projection: Projection; read: (message: JsMsg) => RecordedEvent } | undefined;
}

/** A run that has not said anything for so long, in milliseconds, died with its process. */
const SILENT_MS = 15_000;
const SAY_EVERY_MS = 1_000;
/** A projection that lacks history is rebuilt again so long after that failed, in milliseconds. */
const HEAL_AGAIN_MS = 60_000;

const isUnderWay = ({ status, updated_at }: RebuildState): boolean =>
  status === 'building' && Date.now() - Date.parse(updated_at ?? '') < SILENT_MS;

/**
 * Rebuilds of a service's projections while they are read. One runs at a time; its state is in the shadow schema, so
 * that every replica answers for it. Whoever is asked to start runs it; a run whose process died goes on from its
 * checkpoint when it is started again.
 */
export class Rebuilds {
  private shadow: Promise<MikroORM> | undefined;
  private run: Promise<void> = Promise.resolve();
  private readonly stopping = new AbortController();

  constructor(private readonly options: RebuildsOptions) {}

  /** How each of the service's projections is. */
  list(): Promise<RebuildState[]> {
    return Promise.all([...this.options.rebuildable.keys()].map((name) => this.state(name)));
  }

  async state(name: string): Promise<RebuildState> {
    this.known(name);
    const [row] = await (await this.states()).execute('select state from rebuild where projection = ?', [
      name,
    ]);
    return (row?.state as RebuildState | undefined) ?? this.none(name);
  }

  /** Begins, and says so at once. @throws {Refused} when one is under way. */
  async start(name: string, swap: RebuildSwap): Promise<RebuildState> {
    this.runningHere(name);
    const now = new Date().toISOString();
    const begun = { ...this.none(name), status: 'building' as const, started_at: now, updated_at: now };
    const lease = await this.take(name, async (em) => {
      // One at a time in the service, whichever replica runs it.
      for (const state of await this.stored(em)) refuseUnderWay(state);
      return begun;
    });
    const rebuild = await this.rebuild(lease);
    this.run = this.run.then(() => this.perform(rebuild, lease, begun, swap));
    return begun;
  }

  /**
   * Rebuilds a projection whose rows lack history, and swaps it in.
   * @returns whether that began: not while a rebuild is under way, or when this one has just failed.
   */
  async heal(name: string): Promise<boolean> {
    if (!this.options.rebuildable.has(name) || this.stopping.signal.aborted) return false;
    const { status, updated_at } = await this.state(name);
    if (status === 'failed' && Date.now() - Date.parse(updated_at ?? '') < HEAL_AGAIN_MS) return false;
    try {
      await this.start(name, 'always');
      return true;
    } catch (error) {
      if (!(error instanceof Refused) || error.code !== 'REBUILD_UNDER_WAY') throw error;
      return false;
    }
  }

  /** @throws {Refused} when nothing was built, or it is being built. */
  async swap(name: string): Promise<RebuildState> {
    this.runningHere(name);
    let state = this.none(name);
    const lease = await this.take(name, async (em) => {
      state = (await this.stored(em)).find(({ projection }) => projection === name) ?? state;
      if (state.status !== 'equal' && state.status !== 'different') {
        throw new Refused('NOTHING_REBUILT', `${name} was not built anew (${state.status}): start a rebuild`);
      }
      return state;
    });
    return this.swapped(await this.rebuild(lease), lease, state);
  }

  /** @throws {Refused} while one is under way. */
  async clear(name: string): Promise<RebuildState> {
    const tables = await this.tables(name);
    const lease = await this.take(name, async (em) => {
      const state = (await this.stored(em)).find(({ projection }) => projection === name) ?? this.none(name);
      refuseUnderWay(state);
      return state;
    });
    await tables.dropShadow(lease);
    await tables.dropRetired();
    await (await this.states()).execute('delete from rebuild where projection = ? and run = ?', [
      name,
      lease.run,
    ]);
    return this.none(name);
  }

  /** Stops a run after its batch; it goes on when it is started again. */
  async stop(): Promise<void> {
    this.stopping.abort(new Error('the process shuts down'));
    await this.run;
    await (await this.shadow?.catch(() => undefined))?.close();
  }

  private async perform(
    rebuild: ShadowRebuild,
    lease: RebuildLease,
    begun: RebuildState,
    swap: RebuildSwap,
  ): Promise<void> {
    const { log, orm } = this.options;
    const name = begun.projection;
    let state = begun;
    const started = performance.now();
    let said = 0;
    const kept = this.keep(lease);
    try {
      await rebuild.build(
        async ({ sequence, target, events }) => {
          const seconds = (performance.now() - started) / 1_000;
          const rate = events > 0 ? Math.round(events / seconds) : null;
          state = { ...state, sequence, target, events, events_per_second: rate };
          if (performance.now() - said < SAY_EVERY_MS) return;
          said = performance.now();
          state = await this.save(lease, { ...state, updated_at: new Date().toISOString() });
        },
        AbortSignal.any([this.stopping.signal, kept.lost]),
      );
      const tables = await rebuild.compare();
      const equal = tables.every((table) => table.equal);
      state = await this.save(lease, {
        ...state,
        status: equal ? 'equal' : 'different',
        sequence: await readCheckpoint(orm, name),
        target: await readCheckpoint(orm, name),
        tables,
        updated_at: new Date().toISOString(),
      });
      log.info(
        { projection: name, tables, events_per_second: state.events_per_second },
        'projection rebuilt',
      );
      if (swap === 'always' || (swap === 'when_equal' && equal)) await this.swapped(rebuild, lease, state);
    } catch (error) {
      log.error({ err: error, projection: name }, 'the rebuild of a projection failed');
      // What there is to say now, the one that took over says.
      if (kept.lost.aborted || error instanceof LeaseLost) return;
      await this.save(lease, {
        ...state,
        status: 'failed',
        error: outward(error),
        updated_at: new Date().toISOString(),
      }).catch((failure: unknown) =>
        log.error({ err: failure, projection: name }, 'and could not be recorded'),
      );
    } finally {
      kept.end();
    }
  }

  /** Says that a run lives, however long one batch takes; `lost` is aborted when another run began in its place. */
  private keep({ projection, run }: RebuildLease): { lost: AbortSignal; end(): void } {
    const lost = new AbortController();
    const renew = async () => {
      const rows: unknown[] = await (await this.states()).execute(
        `update rebuild set state = jsonb_set(state, '{updated_at}', to_jsonb(?::text))
          where projection = ? and run = ?
          returning 1`,
        [new Date().toISOString(), projection, run],
      );
      if (rows.length > 0 || ended) return;
      lost.abort(new LeaseLost(projection));
    };
    let ended = false;
    const timer = setInterval(() => {
      renew().catch((error: unknown) =>
        this.options.log.warn({ err: error, projection }, 'a rebuild could not say that it goes on'),
      );
    }, SAY_EVERY_MS);
    return {
      lost: lost.signal,
      end: () => {
        ended = true;
        clearInterval(timer);
      },
    };
  }

  private async swapped(
    rebuild: ShadowRebuild,
    lease: RebuildLease,
    state: RebuildState,
  ): Promise<RebuildState> {
    const { epochs = [] } = this.runningHere(state.projection).projection;
    await rebuild.swap(() => {
      for (const epoch of epochs) this.options.cache.renewEpoch(epoch);
    });
    this.options.log.info({ projection: state.projection }, 'readers see the rebuilt tables');
    return this.save(lease, { ...state, status: 'swapped', updated_at: new Date().toISOString() });
  }

  private async rebuild(lease: RebuildLease): Promise<ShadowRebuild> {
    const { nats, store, orm } = this.options;
    const { projection: name } = lease;
    const running = this.runningHere(name);
    const shadow = await this.connected();
    return new ShadowRebuild({
      nats,
      store,
      main: orm,
      shadow,
      tables: await this.tables(name),
      projection: running.projection,
      read: running.read,
      lease,
    });
  }

  private async tables(name: string): Promise<ShadowTables> {
    const { orm, database } = this.options;
    return new ShadowTables(orm, await this.connected(), database.schema, this.known(name).tables);
  }

  private runningHere(name: string): NonNullable<ReturnType<RebuildsOptions['running']>> {
    this.known(name);
    const running = this.options.running(name);
    if (!running) throw new Refused('UNKNOWN_PROJECTION', `there is no projection ${name} here`);
    return running;
  }

  private known(name: string): RebuildableProjection {
    const projection = this.options.rebuildable.get(name);
    if (projection) return projection;
    const all = [...this.options.rebuildable.keys()].join(', ');
    throw new Refused('UNKNOWN_PROJECTION', `there is no projection ${name}: ${all}`);
  }

  private none(name: string): RebuildState {
    return {
      projection: name,
      service: this.options.service,
      status: 'none',
      sequence: 0,
      target: 0,
      events: 0,
      events_per_second: null,
      tables: [],
      error: null,
      started_at: null,
      updated_at: null,
    };
  }

  private async states(): Promise<EntityManager> {
    return (await this.connected()).em.fork();
  }

  private async stored(em: EntityManager): Promise<RebuildState[]> {
    const rows: { state: RebuildState }[] = await em.execute('select state from rebuild');
    return rows.map(({ state }) => state);
  }

  /**
   * Takes a projection's lease from whoever had it. Only one does so at a time: what `allowed` finds is still so afterwards.
   * @param allowed gives the state to begin with, or refuses.
   */
  private async take(
    name: string,
    allowed: (em: EntityManager) => Promise<RebuildState>,
  ): Promise<RebuildLease> {
    const { schema } = this.options.database;
    const lease = new RebuildLease(schema, name, newId());
    await (await this.states()).transactional(async (em) => {
      await em.execute('select pg_advisory_xact_lock(hashtext(?))', [`rebuild ${schema}`]);
      const state = await allowed(em);
      await em.execute(
        `insert into rebuild (projection, state, run) values (?, ?::jsonb, ?)
         on conflict (projection) do update set state = excluded.state, run = excluded.run`,
        [name, JSON.stringify(state), lease.run],
      );
    });
    return lease;
  }

  /** @throws {LeaseLost} */
  private async save({ projection, run }: RebuildLease, state: RebuildState): Promise<RebuildState> {
    const em = await this.states();
    const rows: unknown[] = await em.execute(
      'update rebuild set state = ?::jsonb where projection = ? and run = ? returning 1',
      [JSON.stringify(state), projection, run],
    );
    if (rows.length === 0) throw new LeaseLost(projection);
    return state;
  }

  // Opened when it is needed first: most replicas never rebuild anything.
  private connected(): Promise<MikroORM> {
    const { database, server } = this.options;
    this.shadow ??= openShadow(database, server)
      .then(async (orm) => {
        await ensureStates(orm, database.schema);
        return orm;
      })
      .catch((error: unknown) => {
        this.shadow = undefined;
        throw error;
      });
    return this.shadow;
  }
}

function refuseUnderWay(state: RebuildState): void {
  if (isUnderWay(state)) throw new Refused('REBUILD_UNDER_WAY', `${state.projection} is being rebuilt`);
}

/** An error in words for operators: what the driver says has SQL and rows in it, and stays in the log. */
function outward(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  const isSqlState = typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code);
  if (isSqlState) return `Postgres refused a statement (SQLSTATE ${code}); the log of the service says more`;
  if (error instanceof DriverException) return 'Postgres failed; the log of the service says more';
  return error instanceof Error ? error.message.replaceAll('\0', '') : String(error);
}

// No migration makes it: it belongs to the shadow schema, and is nothing that anybody would miss.
const ensureStates = (orm: MikroORM, schema: string): Promise<void> =>
  orm.em.fork().transactional(async (em) => {
    // `if not exists` does not see what another replica is just making.
    await em.execute('select pg_advisory_xact_lock(hashtext(?))', [`rebuild ${schema}`]);
    const table = `"${shadowOf(schema)}".rebuild`;
    // Unique, so that it is a key for `RebuildLease.hold`.
    await em.execute(
      `create table if not exists ${table} (projection varchar(255) primary key, state jsonb not null, run uuid null unique)`,
    );
    // An older release made it, which knows of no runs. To alter it needlessly would wait for the batch of a run.
    const [column] = await em.execute(
      `select 1 from information_schema.columns where table_schema = ? and table_name = 'rebuild' and column_name = 'run'`,
      [shadowOf(schema)],
    );
    if (!column) await em.execute(`alter table ${table} add column run uuid null unique`);
  });
