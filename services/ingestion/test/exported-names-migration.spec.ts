import { openDatabase } from '@undertone/platform/database/open-database';
import { newId } from '@undertone/platform/ids/ids';
import {
  silent,
  startInfrastructure,
  type TestInfrastructure,
} from '@undertone/platform/test-kit/infrastructure';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { database } from '../mikro-orm.config.js';

let infrastructure: TestInfrastructure;
beforeAll(async () => {
  infrastructure = await startInfrastructure(['ingestion']);
});
afterAll(() => infrastructure.stop());

it('takes exports’ names out of the catalogue, keeps providers’, and has the log projected again', async () => {
  const url = infrastructure.databaseUrl('ingestion');
  const before = database.migrations.findIndex(({ name }) => name === '014-exported-names');
  const earlier = await openDatabase(
    { ...database, migrations: database.migrations.slice(0, before) },
    { DATABASE_URL: url },
    silent,
  );
  const em = earlier.em.fork();
  const track = `insert into track (id, name, artists, from_export, updated_at) values (?, ?, '[]', ?, now())`;
  await em.execute(track, ['told', 'Paper Lantern', false]);
  await em.execute(track, ['exported', 'Buy at evil.example', true]);
  await em.execute(
    `insert into artist (id, name, updated_at) values ('told', 'The Moss Choir', now()), ('name:x', 'Evil', now())`,
  );
  await em.execute(
    `insert into play (id, user_id, played_at, track_id, source, sequence) values (?, ?, now(), 'exported', 'export', 1)`,
    [newId(), newId()],
  );
  await em.execute(
    `insert into projection_checkpoint (name, sequence, updated_at) values ('ingestion-plays', 1, now())`,
  );
  await earlier.close();

  const now = await openDatabase(database, { DATABASE_URL: url }, silent);
  const rows = (sql: string) => now.em.fork().execute(sql);
  expect(await rows('select id, name from track')).toEqual([{ id: 'told', name: 'Paper Lantern' }]);
  expect(await rows('select id, name from artist')).toEqual([{ id: 'told', name: 'The Moss Choir' }]);
  expect(await rows('select id from play union all select id from import_report')).toEqual([]);
  expect(await rows('select name from projection_checkpoint')).toEqual([]);
  // A replica of the release before writes imports' names for everybody: it has to wait until it is replaced.
  await expect(now.em.fork().execute(track, ['again', 'Evil', true])).rejects.toThrow(
    'track_named_by_provider',
  );
  await now.close();
});
