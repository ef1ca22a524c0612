import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { jetstreamManager } from '@nats-io/jetstream';
import { objectBucket, streams } from '@undertone/contracts/streams';
import { testRedis } from '@undertone/platform/test-kit/infrastructure';
import { connectAsAdministrator } from '@undertone/platform/test-kit/own-database';
import { hasDocker, PORT_LABEL } from '@undertone/platform/test-kit/servers';
import { Redis } from 'ioredis';
import type { Stack } from './stack.js';

/** Everything that an installation keeps, as it stands there, by where that is. */
export interface Kept {
  /** A line a row, with the name of its table. */
  readonly rows: Buffer;
  /** Every message of every stream, objects included. */
  readonly messages: Buffer;
  /** The files of the JetStream store, but for the indexes of streams. */
  readonly store: Buffer;
  /** Every key of Redis, with what is in it. */
  readonly redis: Buffer;
  /** What all processes wrote. */
  readonly logs: Buffer;
}

/** Of a stream: it names subjects, and is written anew every two or three minutes, as seen with NATS 2.15. */
const INDEX = 'index.db';

/** Reads all that is kept. */
export async function everythingKept(stack: Stack): Promise<Kept> {
  const orm = await connectAsAdministrator(stack.infrastructure);
  try {
    return {
      rows: await rowsOf(orm),
      messages: await messagesOf(stack),
      store: (await stack.infrastructure.nats.files?.(INDEX)) ?? Buffer.alloc(0),
      redis: await keysOf(stack),
      logs: Buffer.from(stack.output),
    };
  } finally {
    await orm.close();
  }
}

type Connection = Awaited<ReturnType<typeof connectAsAdministrator>>;

async function rowsOf(orm: Connection): Promise<Buffer> {
  const tables = await orm.em.execute<{ schema: string; name: string }[]>(
    `select table_schema as schema, table_name as name from information_schema.tables
      where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`,
  );
  const lines: string[] = [];
  for (const { schema, name } of tables) {
    const rows = await orm.em.execute<{ line: string }[]>(
      `select t::text as line from "${schema}"."${name}" t`,
    );
    lines.push(...rows.map(({ line }) => `${schema}.${name} ${line}`));
  }
  return Buffer.from(lines.join('\n'));
}

async function messagesOf(stack: Stack): Promise<Buffer> {
  const manager = await jetstreamManager(await stack.infrastructure.connect());
  const parts: Buffer[] = [];
  for (const name of [...Object.keys(streams), `OBJ_${objectBucket}`]) {
    const { state } = await manager.streams.info(name);
    for (let seq = Math.max(1, state.first_seq); seq <= state.last_seq; seq += 1) {
      const message = await manager.streams.getMessage(name, { seq });
      if (!message) continue;
      parts.push(
        Buffer.from(`\n${name} ${seq} ${message.subject} ${JSON.stringify([...(message.header ?? [])])} `),
        Buffer.from(message.data),
      );
    }
  }
  return Buffer.concat(parts);
}

async function keysOf(stack: Stack): Promise<Buffer> {
  const redis = testRedis(stack.infrastructure);
  const { redisPrefix } = stack.infrastructure;
  const parts: (string | Buffer)[] = [];
  try {
    if (redis.status !== 'ready') await new Promise((resolve) => redis.once('ready', resolve));
    for (let cursor = '0'; ; ) {
      const [next, keys] = await redis.scan(cursor, 'MATCH', `${redisPrefix}*`, 'COUNT', 500);
      for (const key of keys) {
        // Whatever type it is of; short values stand in it as they are.
        const value = await redis.dumpBuffer(key.slice(redisPrefix.length));
        parts.push(`\n${key} `, value ?? '');
      }
      cursor = next;
      if (cursor === '0') break;
    }
  } finally {
    redis.disconnect();
  }
  return Buffer.concat(parts.map((part) => Buffer.from(part as string)));
}

/**
 * The files of the installation's own database and the write-ahead log of its server, as they are on the disk.
 * @returns which of the texts are in them.
 */
export async function inDatabaseFiles(stack: Stack, texts: readonly string[]): Promise<string[]> {
  const orm = await connectAsAdministrator(stack.infrastructure);
  try {
    await orm.em.execute('checkpoint');
    const rows = await orm.em.execute<{ text: string; path: string }[]>(
      `with files as (
         select 'base/' || oid || '/' || name as path from pg_database, pg_ls_dir('base/' || oid) as name
          where datname = current_database()
         union all
         select 'pg_wal/' || name from pg_ls_waldir())
       select text, path from files, lateral pg_read_binary_file(path, 0, 1000000000, true) as content,
         unnest(?::text[]) as text
       where position(convert_to(text, 'UTF8') in content) > 0`,
      [`{${texts.map((text) => JSON.stringify(text)).join(',')}}`],
    );
    return [...new Set(rows.map(({ text, path }) => `${text} in ${path}`))];
  } finally {
    await orm.close();
  }
}

/**
 * What is encrypted of a person, as it stands in the database.
 * @param columns each with that of the person's id, by their table.
 */
export async function sealedOf(
  stack: Stack,
  userId: string,
  columns: Readonly<Record<string, readonly [string, string]>>,
): Promise<string[]> {
  const orm = await connectAsAdministrator(stack.infrastructure);
  try {
    const values: string[] = [];
    for (const [table, [column, owner]] of Object.entries(columns)) {
      const rows = await orm.em.execute<{ value: string }[]>(
        `select ${column} as value from ${table} where ${owner} = ?`,
        [userId],
      );
      values.push(...rows.map(({ value }) => value));
    }
    return values;
  } finally {
    await orm.close();
  }
}

/** Has Redis keep what it has in a file, as it does in an installation. */
export async function keepRedisFile(stack: Stack): Promise<void> {
  const redis = new Redis(stack.infrastructure.redisUrl);
  await redis.config('SET', 'appendfsync', 'no');
  await redis.config('SET', 'appendonly', 'yes');
  await redis.quit();
}

/** @returns which of the texts are in the files of Redis, as they are on the disk. */
export async function inRedisFiles(stack: Stack, texts: readonly string[]): Promise<string[]> {
  const redis = new Redis(stack.infrastructure.redisUrl);
  const [, folder = ''] = (await redis.config('GET', 'dir')) as string[];
  await redis.quit();
  const content = (await hasDocker())
    ? await inContainer(new URL(stack.infrastructure.redisUrl).port, folder)
    : await inFolder(folder);
  return texts.filter((text) => content.includes(text));
}

async function inContainer(port: string, folder: string): Promise<Buffer> {
  const withPort = `label=${PORT_LABEL}=${port}`;
  const { stdout: container } = await run('docker', ['ps', '--quiet', '--filter', withPort]);
  const copy = ['cp', `${container.trim()}:${folder}`, '-'];
  return (await run('docker', copy, { encoding: 'buffer', maxBuffer: 2 ** 30 })).stdout;
}

async function inFolder(folder: string): Promise<Buffer> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return Buffer.concat(
    await Promise.all(files.map(({ parentPath, name }) => readFile(join(parentPath, name)))),
  );
}

const run = promisify(execFile);

/** Which of the texts are where. */
export const found = (kept: Partial<Kept>, texts: Readonly<Record<string, string>>): string[] =>
  Object.entries(kept).flatMap(([place, content]) =>
    Object.entries(texts).flatMap(([what, text]) => (content.includes(text) ? [`${what} in ${place}`] : [])),
  );
