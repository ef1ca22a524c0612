import type { Api } from '@undertone/contracts/client/api';
import { call } from '@undertone/contracts/client/call';
import { pages } from '@undertone/contracts/client/pages';
import type { InputOf } from '@undertone/contracts/client/route-types';
import { type Command, Option } from 'commander';
import { example, json, jsonOption, table } from './output.ts';
import { Progress } from './progress.ts';
import { watchTask } from './watch-task.ts';

const PAGE = 200;

/** `ops dead-letters …` */
export function deadLetterCommands(program: Command, api: () => Api): void {
  const letters = program
    .command('dead-letters')
    .description(
      'messages that the server stopped delivering before a worker could end them; of a job whose workers died with it, `ops jobs list --text ATTEMPTS_EXHAUSTED` tells',
    );

  letters
    .command('list')
    .description('the newest of them')
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
    letters.command(`${name} [id...]`).description(description).option('--all', 'all that are open');

  chosen('retry', 'ask for their work again, by jobs that name the failed ones as their cause')
    .option('-w, --watch', 'follow the new jobs to their ends')
    .addHelpText('after', example('ops dead-letters retry ZVTmLVDHHUMgWhzBzLZpQh --watch'))
    .action(async (ids: string[], { all, watch }: { all?: true; watch?: true }, command: Command) => {
      const tasks: string[] = [];
      await forEach(await wanted(api(), ids, all, command), async (id) => {
        const { task_id } = await call(api(), 'retryDeadLetter', { dead_letter: id });
        tasks.push(task_id);
        return `${id} is done again by job ${task_id}`;
      });
      for (const task of watch ? tasks : []) await watchTask(api(), task);
    });
  chosen('discard', 'say that nothing more is to be done about them; their jobs stay failed')
    .addHelpText('after', example('ops dead-letters discard --all'))
    .action(async (ids: string[], { all }: { all?: true }, command: Command) => {
      await forEach(await wanted(api(), ids, all, command), async (id) => {
        const { status } = await call(api(), 'discardDeadLetter', { dead_letter: id });
        return `${id} is ${status}`;
      });
    });
}

async function wanted(api: Api, ids: string[], all: true | undefined, command: Command): Promise<string[]> {
  if (ids.length > 0 === (all === true)) command.error('error: name dead letters by id, or take --all');
  if (!all) return ids;
  const open: string[] = [];
  for await (const page of pages(api, 'listDeadLetters', { status: 'open', limit: PAGE }))
    open.push(...page.map(({ id }) => id));
  return open;
}

// Two letters of one job are decided by the first: the second says the same.
async function forEach(ids: readonly string[], decide: (id: string) => Promise<string>): Promise<void> {
  if (ids.length === 0) console.log('none is open');
  const progress = ids.length > 1 ? new Progress() : undefined;
  try {
    for (const [at, id] of ids.entries()) {
      const line = await decide(id);
      if (progress) progress.show(at + 1, ids.length, id, line);
      else console.log(line);
    }
  } finally {
    progress?.stop();
  }
}
