import { readFileSync } from 'node:fs';
import { MikroORM } from '@mikro-orm/postgresql';

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
    const url = new URL(fromEnvironment(environment, name) ?? '');
    const schema = name.slice('PROVISION_'.length).toLowerCase();
    const tenant = { schema, role: url.username, password: decodeURIComponent(url.password) };
    for (const part of [tenant.schema, tenant.role]) {
      if (!IDENTIFIER.test(part)) throw new Error(`${name}: "${part}" is not a plain identifier`);
    }
    if (!tenant.password) throw new Error(`${name}: the address has no password`);
    return tenant;
  });
}

/** @param adminUrl an administrator's address that names the database to make. */
export async function provision(adminUrl: string, wanted: readonly Tenant[]): Promise<void> {
  const database = decodeURIComponent(new URL(adminUrl).pathname.slice(1));
  if (!IDENTIFIER.test(database)) throw new Error(`"${database}" is not a plain database name`);
  const maintenance = new URL(adminUrl);
  maintenance.pathname = '/postgres';

  await withConnection(maintenance.href, async (orm) => {
    const found = await orm.em.execute('select 1 from pg_database where datname = ?', [database]);
    if (found.length === 0) await orm.em.execute(`create database ${database}`);
  });
  await withConnection(adminUrl, (orm) =>
    orm.em.transactional(async (em) => {
      // Roles belong to the whole server; two provisionings of one server must take turns.
      await em.execute("select pg_advisory_xact_lock(hashtext('undertone provision'))");
      await em.execute(`revoke all on database ${database} from public`);
      for (const { schema, role, password } of wanted) {
        const known = await em.execute('select 1 from pg_roles where rolname = ?', [role]);
        const verb = known.length === 0 ? 'create' : 'alter';
        await em.execute(
          `${verb} role ${role} login nosuperuser nocreatedb nocreaterole password ${quoted(password)}`,
        );
        await em.execute(`grant connect on database ${database} to ${role}`);
        await em.execute(`grant ${role} to current_user`);
        await em.execute(`create schema if not exists ${schema} authorization ${role}`);
        await em.execute(`revoke all on schema ${schema} from public`);
        await em.execute(`alter role ${role} in database ${database} set search_path to ${schema}`);
      }
    }),
  );
}

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

async function withConnection(url: string, work: (orm: MikroORM) => Promise<unknown>): Promise<void> {
  const orm = await MikroORM.init({
    clientUrl: url,
    entities: [],
    discovery: { warnWhenNoEntities: false },
    allowGlobalContext: true,
  });
  try {
    await work(orm);
  } finally {
    await orm.close();
  }
}

if (import.meta.main) {
  const adminUrl = fromEnvironment(process.env, 'DATABASE_URL');
  const wanted = tenants(process.env);
  if (!adminUrl || wanted.length === 0) {
    console.error(
      'provision needs DATABASE_URL (an administrator) and a PROVISION_<SCHEMA> for each service',
    );
    process.exit(1);
  }
  await provision(adminUrl, wanted);
  console.log(`provisioned ${wanted.map(({ schema }) => schema).join(', ')}`);
}
