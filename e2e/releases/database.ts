import { Client } from 'pg';

interface KeptRows {
  readonly table: string;
  /** Those that are not generated. */
  readonly columns: string;
  readonly lines: readonly string[];
}

/** A service's schemas as SQL, and their rows as the JSON that Postgres makes of them. */
interface KeptSchemas {
  /** Makes the tables. */
  readonly tables: readonly string[];
  readonly rows: readonly KeptRows[];
  /** Constraints, indexes and where sequences go on: once the rows are there. */
  readonly after: readonly string[];
}

/** By the service's name. */
export type KeptDatabase = Record<string, KeptSchemas>;

/** A service's own schema, and those in which its read models are rebuilt and kept after a swap. */
const schemasOf = (service: string) => [service, `${service}_shadow`, `${service}_retired`];

/** What `pg_dump` would write of these schemas. It is on no npm package, and must be as new as the server. */
export async function keepDatabase(adminUrl: string, services: readonly string[]): Promise<KeptDatabase> {
  const kept: KeptDatabase = {};
  await connected(adminUrl, async (client) => {
    // Or names would be written without their schemas, and times in the zone of this machine.
    await client.query("set search_path to ''; set time zone 'UTC'");
    for (const service of services) kept[service] = await keepSchemas(client, schemasOf(service));
  });
  return kept;
}

async function keepSchemas(client: Client, schemas: readonly string[]): Promise<KeptSchemas> {
  const lines = async (sql: string) => {
    const { rows } = await client.query<{ line: string }>(sql, [schemas]);
    return rows.map(({ line }) => line);
  };
  const others = await lines(NOT_KEPT);
  if (others.length > 0) throw new Error(`not kept yet: ${others.join(', ')}`);
  const { rows: tables } = await client.query<{ table: string; columns: string }>(WRITTEN, [schemas]);
  const rows: KeptRows[] = [];
  for (const { table, columns } of tables) {
    const written = `select row_to_json(r)::text as line from (select ${columns} from ${table}) r order by 1`;
    const found = await client.query<{ line: string }>(written);
    rows.push({ table, columns, lines: found.rows.map(({ line }) => line) });
  }
  return {
    tables: [...(await lines(SEQUENCES)), ...(await lines(TABLES))],
    rows,
    after: [
      ...(await lines(CONSTRAINTS)),
      ...(await lines(INDEXES)),
      ...(await lines(OWNED_SEQUENCES)),
      ...(await lines(SEQUENCE_VALUES)),
    ],
  };
}

/** @param urlOf the address of a service's role, which becomes the owner as it was. */
export async function restoreDatabase(kept: KeptDatabase, urlOf: (schema: string) => string): Promise<void> {
  for (const [service, { tables, rows, after }] of Object.entries(kept)) {
    await connected(urlOf(service), async (client) => {
      for (const statement of tables) await client.query(statement);
      for (const { table, columns, lines } of rows) {
        const read = `select ${columns} from json_populate_recordset(null::${table}, $1)`;
        await client.query(`insert into ${table} (${columns}) ${read}`, [`[${lines.join(',')}]`]);
      }
      for (const statement of after) await client.query(statement);
    });
  }
}

async function connected(connectionString: string, work: (client: Client) => Promise<void>): Promise<void> {
  const client = new Client({ connectionString });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

const IN_SCHEMAS = 'join pg_catalog.pg_namespace n on n.nspname = any($1) and n.oid =';

const NOT_KEPT = `
  select format('%s %I', relkind, relname) as line from pg_catalog.pg_class ${IN_SCHEMAS} relnamespace
    where relkind not in ('r', 'i', 'S')
  union all select format('function %I', proname) from pg_catalog.pg_proc ${IN_SCHEMAS} pronamespace
  union all select format('type %I', typname) from pg_catalog.pg_type ${IN_SCHEMAS} typnamespace
    where typtype in ('e', 'd', 'r')
  union all select format('trigger %I', tgname) from pg_catalog.pg_trigger
    join pg_catalog.pg_class c on c.oid = tgrelid ${IN_SCHEMAS} c.relnamespace where not tgisinternal
  union all select format('column %I of %I', attname, relname) from pg_catalog.pg_attribute
    join pg_catalog.pg_class c on c.oid = attrelid ${IN_SCHEMAS} c.relnamespace
    where c.relkind = 'r' and attnum > 0 and attidentity <> ''`;

const WRITTEN = `
  select format('%I.%I', nspname, relname) as table, string_agg(quote_ident(attname), ', ' order by attnum) as columns
  from pg_catalog.pg_class c ${IN_SCHEMAS} relnamespace
  join pg_catalog.pg_attribute on attrelid = c.oid and attnum > 0 and not attisdropped and attgenerated = ''
  where relkind = 'r' group by 1 order by 1`;

const TABLES = `
  select format('create table %I.%I (%s)%s', nspname, relname,
    string_agg(format('%I %s%s%s%s', attname, format_type(atttypid, atttypmod),
      case when attcollation not in (0, typcollation) then format(' collate %s', attcollation::regcollation) end,
      case attgenerated when '' then ' default ' || pg_get_expr(adbin, adrelid)
        else format(' generated always as (%s) %s', pg_get_expr(adbin, adrelid),
          case attgenerated when 's' then 'stored' else 'virtual' end) end,
      case when attnotnull then ' not null' end), ', ' order by attnum),
    ' with (' || array_to_string(reloptions, ', ') || ')') as line
  from pg_catalog.pg_class c ${IN_SCHEMAS} relnamespace
  join pg_catalog.pg_attribute a on attrelid = c.oid and attnum > 0 and not attisdropped
  join pg_catalog.pg_type t on t.oid = atttypid
  left join pg_catalog.pg_attrdef d on adrelid = c.oid and adnum = attnum
  where relkind = 'r' group by nspname, relname, reloptions order by 1`;

const SEQUENCES = `
  select format('create sequence %I.%I as %s', schemaname, sequencename, data_type) as line
  from pg_catalog.pg_sequences where schemaname = any($1) order by 1`;

const OWNED_SEQUENCES = `
  select format('alter sequence %s owned by %s.%I', s.oid::regclass, refobjid::regclass, attname) as line
  from pg_catalog.pg_class s ${IN_SCHEMAS} s.relnamespace
  join pg_catalog.pg_depend on objid = s.oid and deptype = 'a'
  join pg_catalog.pg_attribute on attrelid = refobjid and attnum = refobjsubid
  where s.relkind = 'S' order by 1`;

const SEQUENCE_VALUES = `
  select format('select setval(%L, %s)', format('%I.%I', schemaname, sequencename), last_value) as line
  from pg_catalog.pg_sequences where schemaname = any($1) and last_value is not null order by 1`;

// Foreign keys last: they need what they point to. A "not null" stands with its column.
const CONSTRAINTS = `
  select format('alter table %s add constraint %I %s', conrelid::regclass, conname, pg_get_constraintdef(o.oid)) as line
  from pg_catalog.pg_constraint o ${IN_SCHEMAS} connamespace
  where contype in ('p', 'u', 'c', 'x', 'f') order by contype = 'f', 1`;

const INDEXES = `
  select pg_get_indexdef(indexrelid) as line
  from pg_catalog.pg_index join pg_catalog.pg_class c on c.oid = indexrelid ${IN_SCHEMAS} c.relnamespace
  where not exists (select from pg_catalog.pg_constraint where conindid = indexrelid) order by 1`;
