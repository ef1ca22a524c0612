import type { Api } from '@undertone/contracts/client/api';
import { call } from '@undertone/contracts/client/call';
import type { InputOf } from '@undertone/contracts/client/route-types';
import { type Command, Option } from 'commander';
import { flags, followMany, isForMany, type Meant, manyOptions } from './decide-many.ts';
import { filtered } from './jobs.ts';
import { example } from './output.ts';
import { watchTask } from './watch-task.ts';

type Typed<R extends 'cancelJobs' | 'retryJobs'> = Meant &
  Omit<InputOf<R>, 'all' | 'dry_run' | 'user_id'> & { user?: string };

/** `ops jobs cancel` and `ops jobs retry` */
export function jobDecisionCommands(program: Command, api: () => Api): void {
  const jobs =
    program.commands.find((command) => command.name() === 'jobs') ??
    program.command('jobs').description('the tasks of everybody');

  manyOptions(
    filtered(
      jobs,
      'cancel [id...]',
      'end them before their end: what runs stops, what has not begun never does',
    ),
  )
    .addOption(
      new Option('--status <status>', 'only of this one').choices([
        'PENDING',
        'STARTED',
        'PROGRESS',
        'RETRY',
      ]),
    )
    .addHelpText('after', example('ops jobs cancel --type generate-insight --status PENDING --dry-run'))
    .action(async (ids: string[], options: Typed<'cancelJobs'>, command: Command) => {
      const { meant, filter } = parted(options);
      if (isForMany(ids, filter, meant, command)) {
        const { task_id } = await call(api(), 'cancelJobs', { ...filter, ...flags(meant) });
        return followMany(api(), task_id, meant);
      }
      for (const task_id of ids) {
        const { status, job_type } = await call(api(), 'cancelJob', { task_id });
        console.log(`${task_id} (${job_type}) is ${status}`);
      }
    });
  manyOptions(
    filtered(
      jobs,
      'retry [id...]',
      'ask for the work of those that failed or were cancelled again, by jobs that name them',
    ),
  )
    .addOption(
      new Option('--status <status>', 'only of this one; left out: those that failed').choices([
        'FAILURE',
        'REVOKED',
      ]),
    )
    .addHelpText(
      'after',
      example('ops jobs retry --text provider_unavailable --from 2026-11-30T00:00:00Z --watch'),
    )
    .action(async (ids: string[], options: Typed<'retryJobs'>, command: Command) => {
      const { meant, filter } = parted(options);
      if (isForMany(ids, filter, meant, command)) {
        const { task_id } = await call(api(), 'retryJobs', { ...filter, ...flags(meant) });
        return followMany(api(), task_id, meant);
      }
      const tasks: string[] = [];
      for (const id of ids) {
        const { task_id } = await call(api(), 'retryJob', { task_id: id });
        console.log(`${id} is done again by job ${task_id}`);
        tasks.push(task_id);
      }
      for (const task of meant.watch ? tasks : []) await watchTask(api(), task);
    });
}

/** What was typed, as the API takes it. */
function parted<F extends Meant & { user?: string }>({ all, dryRun, watch, user, ...filter }: F) {
  const meant: Meant = { ...(all && { all }), ...(dryRun && { dryRun }), ...(watch && { watch }) };
  return { meant, filter: { ...filter, ...(user !== undefined && { user_id: user }) } };
}
