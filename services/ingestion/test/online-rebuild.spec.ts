import { consumers } from '@undertone/contracts/consumers';
import { listSnapshots } from '@undertone/contracts/listening/rpc';
import { erasePerson, listKnownPeople } from '@undertone/contracts/personal-data/erasure';
import {
  clearRebuild,
  listRebuilds,
  type RebuildState,
  startRebuild,
  swapRebuild,
} from '@undertone/contracts/rebuild';
import { openDatabase } from '@undertone/platform/database/open-database';
import { newId } from '@undertone/platform/ids/ids';
import { ProjectionProgress } from '@undertone/platform/projections/projection-progress';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { silent } from '@undertone/platform/test-kit/infrastructure';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { database } from '../mikro-orm.config.js';
import { type Harness, startHarness } from './harness.js';
import { appendSnapshot, recordSnapshot } from './recorded-snapshots.js';

const projection = consumers.listeningSnapshots.name;
const [PEOPLE, EACH] = [40, 30];
const SNAPSHOTS = PEOPLE * EACH;
/** Events that are applied at once. */
const BATCH = 1_000;

describe('a read model that is rebuilt while it is read', () => {
  let harness: Harness;
  const userId = newId();
  beforeAll(async () => {
    harness = await startHarness();
    const people = [userId, ...Array.from({ length: PEOPLE - 1 }, newId)];
    await Promise.all(
      people.map(async (person) => {
        for (let n = 0; n < EACH; n += 1) await appendSnapshot(harness, person, dayOf(n), 'short_term');
      }),
    );
    await caughtUp();
  });
  afterAll(() => harness.stop());

  // Each day twice, so that half of the rows are replaced ones.
  const dayOf = (n: number) => new Date(Date.UTC(2020, 0, 1 + Math.floor(n / 2))).toISOString().slice(0, 10);
  const caughtUp = async () => {
    const last = await harness.store.last('LISTENING', 'listening.*.snapshot-computed');
    const progress = harness.service.get<ProjectionProgress>(ProjectionProgress);
    await progress.reached(consumers.listeningSnapshots, last?.sequence ?? 0, new AbortController().signal);
  };
  const rows = (schema = 'ingestion') =>
    harness.orm().em.fork().execute(`select * from ${schema}.listening_snapshot order by sequence`);
  const state = async (): Promise<RebuildState> => {
    const { rebuilds } = await harness.rpc.ask(listRebuilds('ingestion'), {});
    const found = rebuilds.find((one) => one.projection === projection);
    if (!found) throw new Error('it is not listed');
    return found;
  };
  const begin = (swap: 'when_equal' | 'always' | 'never') =>
    harness.rpc.ask(startRebuild('ingestion'), { projection, swap });
  const ended = (...statuses: RebuildState['status'][]) =>
    eventually(`the rebuild is ${statuses.join(' or ')}`, async () => {
      const now = await state();
      if (now.status === 'failed' && !statuses.includes('failed')) throw new Error(now.error ?? '');
      return statuses.includes(now.status) && now;
    });

  it('is swapped in when it is equal; no reader ever sees fewer rows, and what comes meanwhile is there', async () => {
    const before = await rows();
    const reader = new AbortController();
    const seen: number[] = [];
    const reading = (async () => {
      while (!reader.signal.aborted) {
        const [row] = await harness
          .orm()
          .em.fork()
          .execute('select count(*)::int as n from listening_snapshot');
        seen.push(Number(row?.n));
        await harness.rpc.ask(listSnapshots, { user_id: userId, limit: 5 });
      }
    })();
    expect(await begin('when_equal')).toMatchObject({ projection, status: 'building' });
    await expect(begin('when_equal')).rejects.toMatchObject({ code: 'REBUILD_UNDER_WAY', status: 409 });
    for (let n = EACH; n < EACH + 20; n += 1) {
      await recordSnapshot(harness, userId, dayOf(n), 'short_term');
    }
    const done = await ended('swapped').finally(() => reader.abort());
    await reading;
    await caughtUp();
    expect(done.tables).toEqual([expect.objectContaining({ name: 'listening_snapshot', equal: true })]);
    expect(Math.min(...seen)).toBeGreaterThanOrEqual(SNAPSHOTS);
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    const after = await rows();
    expect(after).toHaveLength(SNAPSHOTS + 20);
    expect(after.slice(0, before.length - 1)).toEqual(before.slice(0, -1));
    expect((await rows('ingestion_retired')).length).toBeGreaterThanOrEqual(SNAPSHOTS);
    // As the entities describe it, indexes included.
    const difference = { wrap: false, safe: false, dropTables: false };
    expect(await harness.orm().schema.getUpdateSchemaSQL(difference)).toBe('');
  });

  it('goes on being projected after the swap', async () => {
    const id = await recordSnapshot(harness, userId, '2026-11-01', 'long_term');
    await caughtUp();
    const { items } = await harness.rpc.ask(listSnapshots, {
      user_id: userId,
      time_range: 'long_term',
      limit: 5,
    });
    expect(items.map((item) => item.id)).toEqual([id]);
  });

  it('that turns out different is left where it is until somebody swaps it', async () => {
    await harness
      .orm()
      .em.fork()
      .execute(`update listening_snapshot set total_tracks_analyzed = 999 where sequence =
      (select max(sequence) from listening_snapshot)`);
    const counted = async () => {
      const { items } = await harness.rpc.ask(listSnapshots, { user_id: userId, limit: 1 });
      return items.map((item) => item.total_tracks_analyzed);
    };
    expect(await counted()).toEqual([999]);
    await begin('when_equal');
    const different = await ended('different');
    expect(different.tables).toEqual([expect.objectContaining({ equal: false })]);
    expect(String((await rows()).at(-1)?.total_tracks_analyzed)).toBe('999');
    const swapped = await harness.rpc.ask(swapRebuild('ingestion'), { projection });
    expect(swapped.status).toBe('swapped');
    expect(String((await rows()).at(-1)?.total_tracks_analyzed)).not.toBe('999');
    // Nor out of the cache.
    expect(await counted()).not.toEqual([999]);
    await expect(harness.rpc.ask(swapRebuild('ingestion'), { projection })).rejects.toMatchObject({
      code: 'NOTHING_REBUILT',
    });
  });

  it('goes on from where it was when its process stopped', async () => {
    await harness.rpc.ask(clearRebuild('ingestion'), { projection });
    expect((await state()).status).toBe('none');
    const holder = await openDatabase(
      database,
      { DATABASE_URL: harness.infrastructure.databaseUrl('ingestion') },
      silent,
    );
    const lock = holder.em.fork();
    await lock.begin();
    await lock.execute('lock table ingestion_shadow.projection_checkpoint in exclusive mode');
    await begin('never');
    // The first batch waits for the lock until the process is told to stop.
    const closed = harness.service.close();
    await lock.rollback();
    await holder.close();
    await closed;
    await harness.start();
    const before = await state();
    expect(before).toMatchObject({ status: 'failed', events: BATCH });
    await begin('never');
    const done = await ended('equal');
    expect(done.events).toBe(SNAPSHOTS + 21 - BATCH);
    expect(done.sequence).toBe(done.target);
    expect(await rows('ingestion_shadow')).toEqual(await rows());
  });

  it('says that it goes on, however long one batch takes, so that nobody begins another', async () => {
    await harness.rpc.ask(clearRebuild('ingestion'), { projection });
    const holder = await openDatabase(
      database,
      { DATABASE_URL: harness.infrastructure.databaseUrl('ingestion') },
      silent,
    );
    const lock = holder.em.fork();
    await lock.begin();
    await lock.execute('lock table ingestion_shadow.projection_checkpoint in exclusive mode');
    const begun = Date.parse((await begin('never')).updated_at ?? '');
    await eventually('it said so more than once', async () => {
      const { updated_at, events } = await state();
      expect(events).toBe(0);
      return Date.parse(updated_at ?? '') - begun > 2_500;
    });
    await expect(begin('never')).rejects.toMatchObject({ code: 'REBUILD_UNDER_WAY' });
    await lock.rollback();
    await holder.close();
    await ended('equal');
  });

  it('tells nobody what the driver says when it fails', async () => {
    await harness.rpc.ask(clearRebuild('ingestion'), { projection });
    await harness.orm().em.fork().execute('create table ingestion_shadow.listening_snapshot (id uuid)');
    await begin('never');
    const { error } = await ended('failed');
    expect(error).toBe('Postgres refused a statement (SQLSTATE 42703); the log of the service says more');
  });

  it('is cleared with what it kept', async () => {
    await harness.rpc.ask(clearRebuild('ingestion'), { projection });
    expect((await state()).status).toBe('none');
    for (const schema of ['ingestion_shadow', 'ingestion_retired']) {
      await expect(rows(schema)).rejects.toThrow('does not exist');
    }
  });

  it('begins by itself where a release had a part in the rows that knew less, and is swapped in', async () => {
    const select = (sql: string) => harness.orm().em.fork().execute(sql);
    const right = await rows();
    await harness.rpc.ask(clearRebuild('ingestion'), { projection });
    await select(`update listening_snapshot set total_tracks_analyzed = 999`);
    await select(`update projection_checkpoint set built_from = jsonb_set(built_from, '{version}', '0')
      where name = '${projection}'`);
    await ended('swapped');
    expect(await rows()).toEqual(right);
    const [row] = await select(`select built_from from projection_checkpoint where name = '${projection}'`);
    expect(row?.built_from.version).toBe(3);
  });

  it('has to be one that there is', async () => {
    const unknown = { projection: 'moods', swap: 'never' as const };
    await expect(harness.rpc.ask(startRebuild('ingestion'), unknown)).rejects.toMatchObject({
      code: 'UNKNOWN_PROJECTION',
      status: 404,
    });
  });

  it('loses a person who is erased beside it, too, also where theirs are the last events of the log', async () => {
    const gone = newId();
    for (let n = 0; n < 6; n += 1) await appendSnapshot(harness, gone, dayOf(n), 'short_term');
    await caughtUp();
    await begin('never');
    await ended('equal');
    const of = async (schema: string) => (await rows(schema)).filter((row) => row.user_id === gone).length;
    expect([await of('ingestion'), await of('ingestion_shadow')]).toEqual([6, 6]);

    // Known by a row alone, as where the log is older than the database.
    const inTable = newId();
    await harness
      .orm()
      .em.fork()
      .execute('insert into listen_threshold (user_id, sequence) values (?, 1)', [inTable]);
    const known = async () => {
      const found: string[] = [];
      for (let after: string | undefined; ; after = found.at(-1)) {
        const page = { after, limit: 7 };
        const { user_ids } = await harness.rpc.ask(listKnownPeople.ingestion, page);
        found.push(...user_ids);
        if (user_ids.length < page.limit) return found;
      }
    };
    const everybody = await known();
    expect(everybody).toEqual([...new Set(everybody)].sort());
    expect(everybody).toHaveLength(PEOPLE + 2);
    expect(everybody).toEqual(expect.arrayContaining([userId, gone, inTable]));

    const { removed } = await harness.rpc.ask(erasePerson.ingestion, { user_id: gone });
    expect(await known()).toEqual(everybody.filter((id) => id !== gone));
    expect(removed).toEqual(
      expect.arrayContaining([
        { service: 'ingestion', store: 'stream LISTENING', removed: 6 },
        { service: 'ingestion', store: 'table listening_snapshot', removed: 12 },
      ]),
    );
    await harness.rpc.ask(swapRebuild('ingestion'), { projection });
    await ended('swapped');
    const schemas = ['ingestion', 'ingestion_retired'];
    expect(await Promise.all(schemas.map(of))).toEqual([0, 0]);

    // The checkpoint is at an event that is no more; what comes next is applied, and another rebuild gets there.
    const id = await recordSnapshot(harness, userId, '2026-11-02', 'long_term');
    await caughtUp();
    await begin('always');
    await ended('swapped');
    const after = await rows();
    expect(after.map((row) => row.id)).toContain(id);
    expect(await of('ingestion')).toBe(0);
  });
});
