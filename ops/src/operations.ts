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

/** `ops queues …`, `ops workers` */
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
      'running',
      'slots',
      'oldest',
      'lately',
    ],
    lanes.map((one) => [
      `${one.queue} ${one.lane}`,
      one.paused ? 'paused' : null,
      ...[one.depth, one.workable, one.waiting, one.ack_pending, one.running],
      `${one.slots} of ${one.replicas}`,
      one.oldest_seconds === null ? null : duration(one.oldest_seconds),
      `${one.recent.requested} in, ${one.recent.ended} out, ${one.recent.failed} failed in ${one.recent.minutes} min`,
    ]),
  );
}
