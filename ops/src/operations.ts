import type { Api } from '@undertone/contracts/client/api';
import { call } from '@undertone/contracts/client/call';
import type { AnswerOf, InputOf } from '@undertone/contracts/client/route-types';
import { type Command, Option } from 'commander';
import { duration, example, json, jsonOption, table } from './output.ts';
import { shown, watchOption } from './watched.ts';

interface Shown {
  json?: true;
  watch?: true;
}
type QueueLanes = AnswerOf<'listQueues'>;
type Which = InputOf<'pauseQueue'>;

/** `ops queues …`, `ops workers`, `ops projections`, `ops system` */
export function operationCommands(program: Command, api: () => Api): void {
  const queues = program.command('queues').description('the lanes of the queues, and who works on them');
  queues
    .command('list')
    .description('how many jobs each has, how old the oldest is, and what ended lately')
    .addOption(watchOption())
    .addOption(jsonOption())
    .addHelpText('after', example('ops queues list --watch'))
    .action((options: Shown) =>
      shown(options.watch, async () => showLanes(await call(api(), 'listQueues'), options)),
    );
  for (const [word, route, says] of [
    ['pause', 'pauseQueue', 'let none of its jobs begin until it is resumed; what runs goes on'],
    ['resume', 'resumeQueue', 'let its jobs begin again'],
  ] as const) {
    queues
      .command(`${word} <queue>`)
      .description(says)
      .addOption(new Option('--lane <lane>', 'only this one').choices(['interactive', 'bulk']))
      .addOption(jsonOption())
      .addHelpText('after', example(`ops queues ${word} spotify --lane bulk`))
      .action(async (queue: Which['queue'], { lane, ...options }: Shown & Pick<Which, 'lane'>) =>
        showLanes(await call(api(), route, { queue, ...(lane && { lane }) }), options),
      );
  }

  program
    .command('workers')
    .description('the replicas that are up, and the jobs that they have')
    .addOption(watchOption())
    .addOption(jsonOption())
    .addHelpText('after', example('ops workers'))
    .action((options: Shown) =>
      shown(options.watch, async () => {
        const workers = await call(api(), 'listWorkers');
        if (options.json) return json(workers);
        table(
          ['replica', 'version', 'started', 'lane', 'slots', 'held', 'running'],
          workers.flatMap(({ instance, version, started_at, lanes }) =>
            lanes.map(({ queue, lane, slots, held, jobs }) => [
              ...[instance, version, started_at, `${queue} ${lane}`, slots, held],
              jobs.map(({ job_type, task_id }) => `${job_type} ${task_id}`).join(', ') || null,
            ]),
          ),
        );
      }),
    );

  program
    .command('projections')
    .description('how far each read model is behind its log')
    .addOption(watchOption())
    .addOption(jsonOption())
    .addHelpText('after', example('ops projections --watch'))
    .action((options: Shown) =>
      shown(options.watch, async () => {
        const projections = await call(api(), 'listProjections');
        if (options.json) return json(projections);
        table(
          ['projection', 'stream', 'built', 'of', 'behind', 'oldest', 'rebuild', 'fault'],
          projections.map((one) => [
            ...[one.projection, one.stream, one.sequence, one.last, one.behind],
            one.oldest_seconds === null ? null : duration(one.oldest_seconds),
            ...[one.rebuild, one.fault],
          ]),
        );
      }),
    );

  program
    .command('system')
    .description('how large the stores are and grow, and how Postgres, Redis and NATS do')
    .addOption(watchOption())
    .addOption(jsonOption())
    .addHelpText('after', example('ops system --json'))
    .action((options: Shown) =>
      shown(options.watch, async () => {
        const system = await call(api(), 'getSystem');
        if (options.json) json(system);
        else showSystem(system);
      }),
    );
}

/** The largest tables; `--json` has all. */
const MOST_TABLES = 15;
const mb = (bytes: number | null): string | null =>
  bytes === null ? null : `${(bytes / 1e6).toFixed(1)} MB`;

function showSystem({
  services,
  unanswered,
  nats,
  redis,
  budgets,
  streams,
  disk,
}: AnswerOf<'getSystem'>): void {
  if (unanswered.length > 0) console.log(`no answer from ${unanswered.join(', ')}\n`);
  table(
    ['service', 'version', 'node', 'memory', 'postgres', 'connections', 'slowest statement'],
    services.map(({ service, version, node, memory_bytes, database }) => {
      const { open, waiting, most } = database.pool;
      const [slowest] = database.slowest ?? [];
      return [
        ...[service, version, node, mb(memory_bytes), database.version],
        `${open} of ${most}, ${waiting} wait`,
        database.slowest === null
          ? 'off: start Postgres with shared_preload_libraries=pg_stat_statements, and provision again'
          : slowest &&
            `${slowest.mean_ms.toFixed(1)} ms: ${slowest.query.replaceAll(/\s+/g, ' ').slice(0, 60)}`,
      ].map((cell) => cell ?? null);
    }),
  );
  console.log('');
  const tables = services
    .flatMap(({ service, database }) => database.tables.map((one) => ({ ...one, service })))
    .sort((one, other) => other.table_bytes + other.index_bytes - one.table_bytes - one.index_bytes);
  table(
    ['table', 'rows', 'size', 'indexes', 'a day'],
    tables
      .slice(0, MOST_TABLES)
      .map((one) => [
        `${one.service}.${one.name}`,
        one.rows,
        mb(one.table_bytes),
        mb(one.index_bytes),
        mb(one.growth_per_day),
      ]),
  );
  console.log('');
  table(
    ['stream', 'messages', 'size', 'in 30 days', 'first', 'last'],
    streams.map((one) => [
      ...[one.name, one.messages, mb(one.bytes), mb(one.in_30_days), one.first_at, one.last_at],
    ]),
  );
  const hits = redis?.hit_rate == null ? 'nothing looked up' : `${(redis.hit_rate * 100).toFixed(1)} % hits`;
  console.log(
    `\nNATS ${nats.version}; ${redis ? `Redis ${redis.version}: ${hits}, ${mb(redis.memory_bytes)} of ${mb(redis.memory_limit) ?? 'no limit'}, ${redis.expired} expired, ${redis.evicted} evicted` : 'Redis does not answer'}`,
  );
  if (budgets) {
    const of = ({ limit, used }: { limit: number | null; used: number }, unit: string) =>
      `${used} of ${limit ?? 'no limit of'} ${unit}`;
    console.log(
      `models on ${budgets.day}: ${of(budgets.tokens, 'tokens')}, ${of(budgets.usd, 'USD')}; a person at most ${of(budgets.per_person.tokens, 'tokens')}, ${of(budgets.per_person.usd, 'USD')}`,
    );
  }
  console.log(
    `disk: streams ${mb(disk.streams_bytes)}, in 30 days ${mb(disk.streams_in_30_days) ?? 'not known yet'}; tables ${mb(disk.tables_bytes)}, in 30 days ${mb(disk.tables_in_30_days) ?? 'not known yet'}`,
  );
}

function showLanes(lanes: QueueLanes, options: Shown): void {
  if (options.json) json(lanes);
  else tableOf(lanes);
}

function tableOf(lanes: QueueLanes): void {
  table(
    [
      'lane',
      'paused',
      'jobs',
      'workable',
      'waiting',
      'with replicas',
      'slots in use',
      'replicas',
      'oldest',
      'lately',
    ],
    lanes.map((one) => [
      `${one.queue} ${one.lane}`,
      one.paused ? 'paused' : null,
      ...[one.depth, one.workable, one.waiting, one.ack_pending],
      `${one.running} of ${one.slots}`,
      one.replicas,
      one.oldest_seconds === null ? null : duration(one.oldest_seconds),
      `${one.recent.requested} in, ${one.recent.ended} out, ${one.recent.failed} failed in ${one.recent.minutes} min`,
    ]),
  );
}
