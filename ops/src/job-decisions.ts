import type { Api } from '@undertone/contracts/client/api';
import { call } from '@undertone/contracts/client/call';
import type { Command } from 'commander';
import { example } from './output.ts';
import { watchTask } from './watch-task.ts';

/** `ops jobs cancel` and `ops jobs retry` */
export function jobDecisionCommands(program: Command, api: () => Api): void {
  const jobs =
    program.commands.find((command) => command.name() === 'jobs') ??
    program.command('jobs').description('the tasks of everybody');

  jobs
    .command('cancel <id...>')
    .description('end them before their end: what runs stops, what has not begun never does')
    .addHelpText('after', example('ops jobs cancel 0199b2c9-1a40-7c52-8e07-5d2b90f4a611'))
    .action(async (ids: string[]) => {
      for (const task_id of ids) {
        const { status, job_type } = await call(api(), 'cancelJob', { task_id });
        console.log(`${task_id} (${job_type}) is ${status}`);
      }
    });
  jobs
    .command('retry <id...>')
    .description('ask for the work of those that failed or were cancelled again, by jobs that name them')
    .option('-w, --watch', 'follow the new jobs to their ends')
    .addHelpText('after', example('ops jobs retry 0199b2c9-1a40-7c52-8e07-5d2b90f4a611 --watch'))
    .action(async (ids: string[], { watch }: { watch?: true }) => {
      const tasks: string[] = [];
      for (const id of ids) {
        const { task_id } = await call(api(), 'retryJob', { task_id: id });
        console.log(`${id} is done again by job ${task_id}`);
        tasks.push(task_id);
      }
      for (const task of watch ? tasks : []) await watchTask(api(), task);
    });
}
