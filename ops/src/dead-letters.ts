import type { DeadLetter } from '@undertone/contracts/jobs/dead-letter';
import { type Command, Option } from 'commander';
import type { Api } from './api.ts';
import { example, json, jsonOption, table } from './output.ts';
import { Progress } from './progress.ts';
import { watchTask } from './watch-task.ts';

const PAGE = '200';

const path = (id: string, rest = ''): string => `/api/admin/dead-letters/${encodeURIComponent(id)}${rest}`;

/** `ops dead-letters …` */
export function deadLetterCommands(program: Command, api: () => Api): void {
  const letters = program
    .command('dead-letters')
    .description('messages that the server stopped delivering: a worker died at every delivery');

  letters
    .command('list')
    .description('the newest of them')
    .addOption(new Option('--status <status>', 'only of this one').choices(['open', 'retried', 'discarded']))
    .option('--limit <rows>', 'how many, 200 at most', '50')
    .addOption(jsonOption())
    .addHelpText('after', example('ops dead-letters list --status open'))
    .action(async (options: { limit: string; status?: string; json?: true }) => {
      const { limit, status } = options;
      const query = new URLSearchParams({ limit, ...(status && { status }) });
      const all = await api().call<DeadLetter[]>('GET', `/api/admin/dead-letters?${query}`);
      if (options.json) return json(all);
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
    .action(async (id: string) => json(await api().call<DeadLetter>('GET', path(id))));

  const chosen = (name: string, description: string): Command =>
    letters.command(`${name} [id...]`).description(description).option('--all', 'all that are open');

  chosen('retry', 'ask for their work again, by jobs that name the failed ones as their cause')
    .option('-w, --watch', 'follow the new jobs to their ends')
    .addHelpText('after', example('ops dead-letters retry ZVTmLVDHHUMgWhzBzLZpQh --watch'))
    .action(async (ids: string[], { all, watch }: { all?: true; watch?: true }, command: Command) => {
      const tasks: string[] = [];
      await forEach(await wanted(api(), ids, all, command), async (id) => {
        const { task_id } = await api().call<{ task_id: string }>('POST', path(id, '/retry'));
        tasks.push(task_id);
        return `${id} is done again by job ${task_id}`;
      });
      for (const task of watch ? tasks : []) await watchTask(api(), task);
    });
  chosen('discard', 'say that nothing more is to be done about them; their jobs stay failed')
    .addHelpText('after', example('ops dead-letters discard --all'))
    .action(async (ids: string[], { all }: { all?: true }, command: Command) => {
      await forEach(await wanted(api(), ids, all, command), async (id) => {
        const { status } = await api().call<DeadLetter>('POST', path(id, '/discard'));
        return `${id} is ${status}`;
      });
    });
}

async function wanted(api: Api, ids: string[], all: true | undefined, command: Command): Promise<string[]> {
  if (ids.length > 0 === (all === true)) command.error('error: name dead letters by id, or take --all');
  if (!all) return ids;
  const open: string[] = [];
  for (let next: string | undefined = `/api/admin/dead-letters?status=open&limit=${PAGE}`; next; ) {
    const page: { rows: DeadLetter[]; next: string | undefined } = await api.page(next);
    open.push(...page.rows.map(({ id }) => id));
    next = page.next;
  }
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
