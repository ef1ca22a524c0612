import { setTimeout as sleep } from 'node:timers/promises';
import type { Api } from '@undertone/contracts/client/api';
import { call } from '@undertone/contracts/client/call';
import type { DecidedMany } from '@undertone/contracts/jobs/decide-many';
import type { Task } from '@undertone/contracts/jobs/task';
import type { Command } from 'commander';
import { count, table } from './output.ts';
import { watchTask } from './watch-task.ts';

/** How a command is told what it is for: by ids, by a filter, or by neither, which has to be said. */
export interface Meant {
  readonly all?: true | undefined;
  readonly dryRun?: true | undefined;
  readonly watch?: true | undefined;
}

/** Options of a command that decides about one or many. */
export const manyOptions = (command: Command): Command =>
  command
    .option('--all', 'all of them, without a filter')
    .option('--dry-run', 'only count what the filter finds, by type and status')
    .option('-w, --watch', 'follow to the end');

/** Whether a filter is meant and no ids: a command takes one or the other. */
export function isForMany(
  ids: readonly string[],
  filter: object,
  { all, dryRun }: Meant,
  command: Command,
): boolean {
  const isFiltered = Object.keys(filter).length > 0;
  if (ids.length > 0 && (isFiltered || all || dryRun))
    command.error('error: name some by id, or say a filter, not both');
  if (isFiltered && all) command.error('error: --all is in place of a filter');
  if (ids.length === 0 && !isFiltered && !all)
    command.error('error: name some by id, say a filter, or take --all');
  return ids.length === 0;
}

/** What was typed, as the API takes it. */
export const flags = ({ all, dryRun }: Pick<Meant, 'all' | 'dryRun'>) => ({
  ...(all && { all }),
  ...(dryRun && { dry_run: dryRun }),
});

/** Says which job does it, and follows it where that is wanted; a dry run is short, and always is. */
export async function followMany(api: Api, task_id: string, { dryRun, watch }: Meant): Promise<void> {
  if (!dryRun) console.log(`job ${task_id} does it; ops jobs cancel ${task_id} stops it`);
  if (!dryRun && !watch) return;
  show(await toldTask(api, await watchTask(api, task_id)));
}

/** A job that was cancelled says what it had done once its worker has stopped. */
async function toldTask(api: Api, task: Task): Promise<Task> {
  let now = task;
  for (let look = 0; now.status === 'REVOKED' && now.result === null && look < 10; look += 1) {
    await sleep(300);
    now = await call(api, 'getTask', { task_id: task.task_id });
  }
  return now;
}

function show({ result }: Task): void {
  if (result === null) return;
  const { dry_run, matched, by_type = [], done = 0, refused = {} } = result as Partial<DecidedMany>;
  if (dry_run) {
    table(
      ['type', 'status', 'found'],
      by_type.map((one) => [one.job_type, one.status, count(one.count)]),
    );
    console.log(`${count(matched ?? 0)} found; nothing was decided`);
    return;
  }
  console.log(matched === undefined ? `${count(done)} done` : `${count(done)} of ${count(matched)} done`);
  for (const [code, times] of Object.entries(refused)) console.log(`${count(times)} refused: ${code}`);
}
