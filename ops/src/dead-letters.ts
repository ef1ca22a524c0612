import type { Api } from '@undertone/contracts/client/api';
import { call } from '@undertone/contracts/client/call';
import type { InputOf } from '@undertone/contracts/client/route-types';
import { type Command, Option } from 'commander';
import { flags, followMany, isForMany, type Meant, manyOptions } from './decide-many.ts';
import { example, json, jsonOption, table } from './output.ts';
import { watchTask } from './watch-task.ts';

/** `ops dead-letters …` */
export function deadLetterCommands(program: Command, api: () => Api): void {
  const letters = program
    .command('dead-letters')
    .description(
      'messages that the server stopped delivering before a worker could end them; of a job whose workers died with it, `ops jobs list --text ATTEMPTS_EXHAUSTED` tells',
    );

  filtered(letters.command('list').description('the newest of them'))
    .addOption(new Option('--status <status>', 'only of this one').choices(['open', 'retried', 'discarded']))
    .option('--limit <rows>', 'how many, 200 at most', '50')
    .addOption(jsonOption())
    .addHelpText('after', example('ops dead-letters list --status open'))
    // The options are text as it was typed: the API says what it takes.
    .action(async ({ json: asJson, ...query }: InputOf<'listDeadLetters'> & { json?: true }) => {
      const all = await call(api(), 'listDeadLetters', query);
      if (asJson) return json(all);
      table(
        ['id', 'when', 'status', 'job type', 'queue', 'job', 'deliveries'],
        all.map(({ id, happened_at, status: now, job_type, queue, lane, task_id, deliveries }) => [
          id,
          happened_at,
          now,
          job_type,
          queue && `${queue} ${lane}`,
          task_id,
          deliveries,
        ]),
      );
    });
  letters
    .command('show <id>')
    .description('one of them as JSON: the message, its event and job, and what was decided')
    .addHelpText('after', example('ops dead-letters show ZVTmLVDHHUMgWhzBzLZpQh'))
    .action(async (id: string) => json(await call(api(), 'getDeadLetter', { dead_letter: id })));

  const chosen = (name: string, description: string): Command =>
    manyOptions(filtered(letters.command(`${name} [id...]`).description(description)));

  chosen('retry', 'ask for their work again, by jobs that name the failed ones as their cause')
    .addHelpText('after', example('ops dead-letters retry --type generate-insight --dry-run'))
    .action(async (ids: string[], options: Typed, command: Command) => {
      const { all, dryRun, watch, ...filter } = options;
      if (isForMany(ids, filter, options, command)) {
        const { task_id } = await call(api(), 'retryDeadLetters', { ...filter, ...flags({ all, dryRun }) });
        return followMany(api(), task_id, options);
      }
      const tasks: string[] = [];
      for (const id of ids) {
        const { task_id } = await call(api(), 'retryDeadLetter', { dead_letter: id });
        console.log(`${id} is done again by job ${task_id}`);
        tasks.push(task_id);
      }
      for (const task of watch ? tasks : []) await watchTask(api(), task);
    });
  chosen('discard', 'say that nothing more is to be done about them; their jobs stay failed')
    .addHelpText('after', example('ops dead-letters discard --until 2026-11-24T00:00:00Z --watch'))
    .action(async (ids: string[], options: Typed, command: Command) => {
      const { all, dryRun, watch: _, ...filter } = options;
      if (isForMany(ids, filter, options, command)) {
        const { task_id } = await call(api(), 'discardDeadLetters', { ...filter, ...flags({ all, dryRun }) });
        return followMany(api(), task_id, options);
      }
      for (const id of ids) {
        const { status } = await call(api(), 'discardDeadLetter', { dead_letter: id });
        console.log(`${id} is ${status}`);
      }
    });
}

type Typed = Meant & Omit<InputOf<'retryDeadLetters'>, 'all' | 'dry_run' | 'status'>;

/** Takes the words by which dead letters are found. */
const filtered = (command: Command): Command =>
  command
    .option('--type <type>', 'whose job is of this type, as import-history')
    .option('--queue <queue>', 'of this queue')
    .addOption(new Option('--lane <lane>', 'of this lane').choices(['interactive', 'bulk']))
    .option('--from <time>', 'given up from then on, as 2026-11-24T09:00:00Z')
    .option('--until <time>', 'given up before then');
