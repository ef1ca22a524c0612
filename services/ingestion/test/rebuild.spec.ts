import { MikroORM } from '@mikro-orm/postgresql';
import { consumers } from '@undertone/contracts/consumers';
import { listSnapshots } from '@undertone/contracts/listening/rpc';
import { openDatabase } from '@undertone/platform/database/open-database';
import { newId } from '@undertone/platform/ids/ids';
import { ProjectionProgress } from '@undertone/platform/projections/projection-progress';
import { rebuild, UnknownProjection } from '@undertone/platform/projections/rebuild-command';
import { ProjectionInUse } from '@undertone/platform/projections/rebuild-projection';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { silent } from '@undertone/platform/test-kit/infrastructure';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { database } from '../mikro-orm.config.js';
import { rebuildable } from '../src/rebuild.js';
import { type Harness, NOTHING_IS_FRESH, startHarness } from './harness.js';
import { recordGap } from './recorded-gap.js';
import { recordSnapshot } from './recorded-snapshots.js';

const BOTH = Object.keys(rebuildable.projections);
/** Every read model, and an order in which its rows can be compared. */
const READ_MODELS = {
  listening: 'select * from listening order by user_id',
  play: 'select * from play order by user_id, played_at, track_id',
  possible_gap: 'select * from possible_gap order by sequence',
  listening_snapshot: 'select * from listening_snapshot order by id',
  // When the checkpoint moved is no part of what was projected.
  projection_checkpoint: 'select name, sequence from projection_checkpoint order by name',
};

type Dump = Record<keyof typeof READ_MODELS, Record<string, unknown>[]>;

async function dump(orm: MikroORM): Promise<Dump> {
  const em = orm.em.fork();
  const tables = Object.entries(READ_MODELS).map(async ([table, sql]) => [table, await em.execute(sql)]);
  return Object.fromEntries(await Promise.all(tables)) as Dump;
}

describe('ingestion’s read models', () => {
  let harness: Harness;
  let before: Dump;
  const users = [newId(), newId(), newId()] as const;

  beforeAll(async () => {
    harness = await startHarness({}, NOTHING_IS_FRESH);
    const [ada, ben, cleo] = users;
    await harness.ingest(ada, 'short_term');
    await harness.ingest(ada, 'medium_term');
    await recordSnapshot(harness, ada, '2026-11-18', 'short_term');
    await recordSnapshot(harness, ada, '2026-11-19', 'short_term');
    await recordSnapshot(harness, ada, '2026-11-19', 'short_term');
    // The same day and range three times: two of them are replaced.
    for (let again = 0; again < 3; again += 1) await harness.ingest(ben, 'long_term');
    await Promise.all([harness.ingest(cleo, 'short_term'), harness.ingest(cleo, 'long_term')]);
    await recordGap(harness, ada, { after: '2026-11-01T00:00:00.000Z', before: '2026-11-02T00:00:00.000Z' });
    await caughtUp();
    before = await dump(harness.orm());
  });
  afterAll(() => harness.stop());

  /** Both projections have seen the last event that concerns them. */
  async function caughtUp(): Promise<void> {
    const progress = harness.service.get<ProjectionProgress>(ProjectionProgress);
    for (const consumer of [consumers.plays, consumers.listeningSnapshots]) {
      const last = await harness.store.last(consumer.stream, consumer.filters[0] ?? '');
      await progress.reached(consumer, last?.sequence ?? 0, new AbortController().signal);
    }
  }

  const withDatabase = async <T>(work: (orm: MikroORM) => Promise<T>): Promise<T> => {
    const orm = await openDatabase(
      database,
      { DATABASE_URL: harness.infrastructure.databaseUrl('ingestion') },
      silent,
    );
    try {
      return await work(orm);
    } finally {
      await orm.close();
    }
  };

  it('hold what this test is about', () => {
    expect(before.listening).toHaveLength(3);
    expect(before.listening_snapshot).toHaveLength(10);
    expect(before.listening_snapshot.filter(({ superseded }) => superseded)).toHaveLength(3);
    expect(before.play.length).toBe(150);
    expect(before.possible_gap).toHaveLength(1);
    expect(before.projection_checkpoint).toHaveLength(2);
  });

  it('are not emptied while a replica runs, nor by a name that is none', async () => {
    await expect(rebuild(rebuildable, BOTH, harness.environment, 500)).rejects.toThrow(ProjectionInUse);
    await expect(rebuild(rebuildable, ['plays', 'moods'], harness.environment)).rejects.toThrow(
      UnknownProjection,
    );
    expect(await dump(harness.orm())).toEqual(before);
  });

  it('are the same rows again after their tables were dropped', async () => {
    await harness.service.close();
    await withDatabase(async (orm) => {
      await orm.em.fork().execute('drop table play, possible_gap, listening, listening_snapshot');
      await orm.em.fork().execute('delete from projection_checkpoint');
    });
    await rebuild(rebuildable, BOTH, harness.environment);
    await withDatabase(async (orm) => {
      // As the migrations made them, indexes included.
      const difference = { wrap: false, safe: false, dropTables: false };
      expect(await orm.schema.getUpdateSchemaSQL(difference)).toBe('');
      expect(Object.values(await dump(orm)).every((rows) => rows.length === 0)).toBe(true);
    });

    await harness.start();
    await caughtUp();
    expect(await dump(harness.orm())).toEqual(before);
  });

  it('are the same rows again when one of them is rebuilt, and the other is left alone', async () => {
    await harness.service.close();
    await rebuild(rebuildable, ['listening-snapshots'], harness.environment);
    await withDatabase(async (orm) => {
      const now = await dump(orm);
      expect(now.listening_snapshot).toEqual([]);
      expect(now.play).toEqual(before.play);
      expect(now.projection_checkpoint).toEqual(
        before.projection_checkpoint.filter(({ name }) => name === consumers.plays.name),
      );
    });
    await harness.start();
    await caughtUp();
    expect(await dump(harness.orm())).toEqual(before);
  });

  it('go on from there', async () => {
    const [, ben] = users;
    const { task } = await harness.ingest(ben, 'long_term');
    const { items } = await harness.rpc.ask(listSnapshots, { user_id: ben, limit: 50 });
    expect(items.map(({ id }) => id)).toEqual([task.result?.snapshot_id]);
    const fetchedAt = String(task.result?.fetched_at);
    await eventually('the ingest is projected', async () => {
      await caughtUp();
      return JSON.stringify((await dump(harness.orm())).listening).includes(fetchedAt);
    });
  });
});
