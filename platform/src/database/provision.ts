import { readFileSync } from 'node:fs';
import { type EntityManager, MikroORM } from '@mikro-orm/postgresql';
import { rewriter } from '@undertone/contracts/personal-data/erasure';
import { z } from 'zod';
import { loadSettings } from '../settings/load-settings.js';
import { type DatabaseSettings, databaseSettings } from '../settings/server-settings.js';
import { databaseTls } from './database-tls.js';
import { retiredOf, shadowOf } from './schemas.js';

/**
 * Makes the database and, for each service, a role and a schema that this role alone may use. Run by whoever sets
 * the system up, with an administrator's address; running it again changes nothing but passwords.
 *
 *     DATABASE_URL=postgres://admin@…/undertone PROVISION_TOKEN=postgres://undertone_token:…@…/undertone node provision.js
 */

const IDENTIFIER = /^[a-z][a-z0-9_]{0,62}$/;

interface Tenant {
  schema: string;
  role: string;
  password: string;
}

function fromEnvironment(environment: NodeJS.ProcessEnv, name: string): string | undefined {
  const file = environment[`${name}_FILE`];
  return environment[name] || (file ? readFileSync(file, 'utf8').trim() : undefined);
}

/** @throws {Error} naming the variable that is wrong. */
export function tenants(environment: NodeJS.ProcessEnv): Tenant[] {
  const names = new Set(
    Object.keys(environment)
      .filter((name) => name.startsWith('PROVISION_'))
      .map((name) => name.replace(/_FILE$/, '')),
  );
  return [...names].sort().map((name) => {
    const address = fromEnvironment(environment, name) ?? '';
    if (!URL.canParse(address)) throw new Error(`${name}: it is not an address`);
    const url = new URL(address);
    const schema = name.slice('PROVISION_'.length).toLowerCase();
    const tenant = { schema, role: url.username, password: decodeURIComponent(url.password) };
    try {
      checkNames(tenant);
    } catch (error) {
      throw new Error(`${name}: ${(error as Error).message}`);
    }
    if (!tenant.password) throw new Error(`${name}: the address has no password`);
    return tenant;
  });
}

// They become part of statements that take no parameters.
function checkNames({ schema, role }: Tenant): void {
  for (const name of [schema, role]) {
    if (!IDENTIFIER.test(name)) throw new Error(`"${name}" is not a plain identifier`);
  }
}

/** @param admin an administrator's address that names the database to make. */
export async function provision(admin: DatabaseSettings, wanted: readonly Tenant[]): Promise<void> {
  const database = decodeURIComponent(new URL(admin.DATABASE_URL).pathname.slice(1));
  if (!IDENTIFIER.test(database)) throw new Error(`"${database}" is not a plain database name`);
  for (const tenant of wanted) checkNames(tenant);
  const maintenance = new URL(admin.DATABASE_URL);
  maintenance.pathname = '/postgres';

  await withConnection({ ...admin, DATABASE_URL: maintenance.href }, (server) =>
    // Databases and roles belong to the whole server, so provisionings take turns. The lock is in the one database
    // that all of them use: locks of different databases do not see each other.
    server.em.fork().transactional(async (turn) => {
      await turn.execute("select pg_advisory_xact_lock(hashtext('undertone provision'))");
      // On a connection of its own, because a database cannot be made inside a transaction.
      const found = await server.em.fork().execute('select 1 from pg_database where datname = ?', [database]);
      if (found.length === 0) await server.em.fork().execute(`create database ${database}`);
      await withConnection(admin, (orm) => provisionSchemas(orm, database, wanted));
    }),
  );
}

/** Where the server was started with its library: a service shows its own slowest statements. It is no loss where that is not allowed. */
const STATEMENTS = `
  do $$ begin
    if current_setting('shared_preload_libraries') like '%pg_stat_statements%' then
      create extension if not exists pg_stat_statements;
    end if;
  exception when others then raise notice 'no pg_stat_statements: %', sqlerrm; end $$`;

function provisionSchemas(orm: MikroORM, database: string, wanted: readonly Tenant[]): Promise<void> {
  return orm.em.fork().transactional(async (em) => {
    await em.execute(`revoke all on database ${database} from public`);
    await em.execute(STATEMENTS);
    for (const { schema, role, password } of wanted) {
      const known = await em.execute('select 1 from pg_roles where rolname = ?', [role]);
      const verb = known.length === 0 ? 'create' : 'alter';
      await em.execute(
        `${verb} role ${role} login nosuperuser nocreatedb nocreaterole password ${quoted(password)}`,
      );
      await em.execute(`grant connect on database ${database} to ${role}`);
      await em.execute(`grant ${role} to current_user`);
      // Beside its own the schemas in which its read models are built anew, and kept after a swap.
      for (const own of [schema, shadowOf(schema), retiredOf(schema)]) {
        await em.execute(`create schema if not exists ${own} authorization ${role}`);
        await em.execute(`revoke all on schema ${own} from public`);
      }
      await em.execute(`alter role ${role} in database ${database} set search_path to ${schema}`);
      await keepOutOfLog(em, role, database);
      if (schema === rewriter) await letRewrite(em, role);
    }
  });
}

/**
 * Statements have people's values in them. The server would write one that fails to its log, which nobody erases, and what a
 * unique index refused into the line after it. The service's own log says what failed.
 */
async function keepOutOfLog(em: EntityManager, role: string, database: string): Promise<void> {
  for (const setting of ["log_min_error_statement = 'panic'", "log_error_verbosity = 'terse'"]) {
    await unlessForbidden(em, `alter role ${role} in database ${database} set ${setting}`, setting);
  }
}

/** An administrator who is no superuser may do less. */
const unlessForbidden = (em: EntityManager, statement: string, what: string): Promise<unknown> =>
  em.execute(
    `do $$ begin ${statement};
     exception when insufficient_privilege then raise notice 'not given: ${what.replaceAll("'", '')}'; end $$`,
  );

/** What rewriting takes that holds deleted rows, and is no schema's. */
async function letRewrite(em: EntityManager, role: string): Promise<void> {
  for (const what of [
    'maintain on pg_catalog.pg_statistic',
    'execute on function pg_catalog.pg_switch_wal()',
    'execute on function pg_catalog.pg_ls_waldir()',
    'pg_checkpoint',
  ]) {
    await unlessForbidden(em, `grant ${what} to ${role}`, what);
  }
}

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

async function withConnection(
  server: DatabaseSettings,
  work: (orm: MikroORM) => Promise<unknown>,
): Promise<void> {
  const orm = await MikroORM.init({
    clientUrl: server.DATABASE_URL,
    driverOptions: databaseTls(server),
    entities: [],
    discovery: { warnWhenNoEntities: false },
    // Or what is done here would join the transaction that is open on another connection.
    contextName: server.DATABASE_URL,
  });
  try {
    await work(orm);
  } finally {
    await orm.close();
  }
}

if (import.meta.main) {
  try {
    const admin = loadSettings('provision', z.object(databaseSettings), process.env);
    const wanted = tenants(process.env);
    if (wanted.length === 0) throw new Error('provision needs a PROVISION_<SCHEMA> for each service');
    await provision(admin, wanted);
    console.log(`provisioned ${wanted.map(({ schema }) => schema).join(', ')}`);
  } catch (error) {
    // The message alone: what else there is to an error of an address or a connection may hold the password.
    console.error(error instanceof Error ? error.message : 'provision failed');
    process.exitCode = 1;
  }
}
