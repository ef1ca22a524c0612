import { readSetting } from './read-setting.js';

/** What the start says of a setting of an earlier version. @returns `undefined` where its value is as good as no setting. */
type Refusal = (value: string) => string | undefined;

const always =
  (instead: string): Refusal =>
  () =>
    instead;

const S3 = 'set OBJECT_STORAGE_URL=s3://HOST/BUCKET, which names the bucket and its server';

/**
 * The settings of the earlier versions, each with what it is now. One that would have no effect is refused, so that nobody believes it has: by
 * its name, and never with its value, which may be a secret.
 */
const refusals: Readonly<Record<string, Refusal>> = {
  WORKER_CONCURRENCY: always(
    'set INTERACTIVE_SLOTS and BULK_SLOTS: the jobs of people, and of runs for everybody, that one worker does at once',
  ),
  // Workers are part of the services, so that it says what is so.
  WORKER_ENABLED: (value) =>
    ['true', '1', 'yes', 'on'].includes(value.toLowerCase())
      ? undefined
      : 'each service works on its own queues: leave it out to have workers, and pause a queue (`ops queues pause`) to have none of its jobs done',
  WORKER_POLL_INTERVAL: always('nothing polls: a worker is given a job when it is asked for. Leave it out'),
  REDIS_HOST: always(
    'set REDIS_URL=redis://HOST:6379, with a name and a password where the server asks for them',
  ),
  CELERY_BROKER_URL: always(
    'jobs are in NATS: set NATS_URL, or leave it out where `npm start` or compose start the servers',
  ),
  S3_BUCKET_NAME: always(`${S3}; its key and secret may stay in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY`),
  DATABASE_URL: (value) => {
    const scheme = /^\s*([a-z0-9]+)(\+[a-z0-9_]+)?:/i.exec(value);
    const [, kind = '', driver] = scheme ?? [];
    const database = {
      mysql: 'MySQL',
      mysql2: 'MySQL',
      mariadb: 'MariaDB',
      sqlite: 'SQLite',
      sqlite3: 'SQLite',
    }[kind.toLowerCase()];
    if (database) {
      return `is of ${database}, and tables are in Postgres: set postgres://USER:PASSWORD@HOST:5432/DATABASE, or leave it out where \`npm start\` or compose start the servers`;
    }
    return /^postgres(ql)?$/i.test(kind) && driver
      ? 'names a driver: leave it out, as in postgresql://'
      : undefined;
  },
};

/** The settings of earlier versions that a service may be refused for. */
export const earlierSettings: readonly string[] = Object.keys(refusals);

/**
 * Why a service cannot start with the settings of an earlier version, by the setting's name. It is asked of every environment; `DATABASE_URL`,
 * which is a setting of this version, too, is judged where the service has it.
 * @param names of the service's own settings.
 */
export function refusedSettings(
  environment: NodeJS.ProcessEnv,
  names: readonly string[],
): ReadonlyMap<string, string> {
  const refused = new Map<string, string>();
  for (const [name, refusal] of Object.entries(refusals)) {
    if (name === 'DATABASE_URL' && !names.includes(name)) continue;
    // A file that cannot be read is told of where the setting is read.
    const value = readSetting(environment, name, []) ?? (environment[`${name}_FILE`] && '');
    const why = value === undefined ? undefined : refusal(value);
    if (why !== undefined)
      refused.set(name, name === 'DATABASE_URL' ? why : `is of an earlier version: ${why}`);
  }
  return refused;
}

/**
 * Settings that are taken only beside another one, which is missing: worth a word, and no more, since a machine may have them for other
 * programs.
 */
export function idleSettings(
  environment: NodeJS.ProcessEnv,
  settings: { readonly OBJECT_STORAGE_URL?: unknown },
): string | undefined {
  const names = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'].filter((name) => environment[name]);
  if (names.length === 0 || settings.OBJECT_STORAGE_URL !== undefined) return undefined;
  return `${names.join(' and ')} have no effect here: large files are kept in NATS. To have them in a bucket, ${S3}.`;
}
