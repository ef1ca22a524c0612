import type { Api } from '@undertone/contracts/client/api';
import { call } from '@undertone/contracts/client/call';
import type { AnswerOf, InputOf } from '@undertone/contracts/client/route-types';
import { type Command, Option } from 'commander';
import { count, duration, example, json, jsonOption, table } from './output.ts';

type Found = AnswerOf<'listJobs'>[number];
type Attempt = AnswerOf<'getJob'>['attempts'][number];

const STATUSES = ['PENDING', 'STARTED', 'PROGRESS', 'RETRY', 'SUCCESS', 'FAILURE', 'REVOKED'];

/** `ops jobs …` */
export function jobCommands(program: Command, api: () => Api): void {
  const jobs = program.command('jobs').description('everybody’s jobs: finding them, and what became of one');

  filtered(jobs, 'list', 'the newest of them')
    .addOption(new Option('--status <status>', 'only of this one').choices(STATUSES))
    .option('--limit <rows>', 'how many, 200 at most', '50')
    .addOption(jsonOption())
    .addHelpText('after', example('ops jobs list --status FAILURE --text relink_required'))
    // The options are text as it was typed: the API says what it takes.
    .action(async ({ json: asJson, user, ...query }: Typed<'listJobs'>) => {
      const found = await call(api(), 'listJobs', { ...query, ...(user && { user_id: user }) });
      if (asJson) return json(found);
      table(
        ['job', 'asked for', 'status', 'type', 'queue', 'user', 'took', 'problem'],
        found.map((one) => [
          one.task_id,
          one.created_at,
          one.status,
          one.job_type,
          one.queue && `${one.queue} ${one.lane}`,
          one.user_id,
          took(one),
          one.error?.code ?? null,
        ]),
      );
    });
  filtered(jobs, 'count', 'how many there are in each status')
    .addOption(jsonOption())
    .addHelpText('after', example('ops jobs count --queue insights --from 2026-11-30T00:00:00Z'))
    .action(async ({ json: asJson, user, ...query }: Typed<'countJobs'>) => {
      const counts = await call(api(), 'countJobs', { ...query, ...(user && { user_id: user }) });
      if (asJson) return json(counts);
      table(
        ['status', 'jobs'],
        STATUSES.map((status) => [status, atMost(counts[status as keyof typeof counts])]),
      );
    });
  jobs
    .command('totals')
    .description('how many ended on each day, and how, by type; kept for ever')
    .option('--type <type>', 'of this type, as ingest-listening-data')
    .option('--from <day>', 'of this day or later, as 2026-11-01')
    .option('--until <day>', 'of days before this one')
    .option('--limit <rows>', 'how many, 200 at most', '50')
    .addOption(jsonOption())
    .addHelpText('after', example('ops jobs totals --from 2026-11-01'))
    .action(async ({ json: asJson, ...query }: InputOf<'listJobTotals'> & { json?: true }) => {
      const totals = await call(api(), 'listJobTotals', query);
      if (asJson) return json(totals);
      table(
        ['day', 'type', 'succeeded', 'failed', 'cancelled', 'attempts'],
        totals.map((one) => [
          one.day,
          one.job_type,
          ...[one.succeeded, one.failed, one.cancelled, one.attempts].map(count),
        ]),
      );
    });
  jobs
    .command('show <id>')
    .description('one of them: its attempts, what it waited for, and the jobs that it asked for')
    .addOption(jsonOption())
    .addHelpText('after', example('ops jobs show 0199b2c4-6f1e-7a35-9c1d-3e5f7a9b1c20'))
    .action(async (task_id: string, options: { json?: true }) => {
      const timeline = await call(api(), 'getJob', { task_id });
      if (options.json) return json(timeline);
      show(timeline);
    });
}

type Typed<R extends 'listJobs' | 'countJobs'> = InputOf<R> & { json?: true; user?: string };

/** A command that takes the words by which jobs are found. */
export const filtered = (jobs: Command, name: string, description: string): Command =>
  jobs
    .command(name)
    .description(description)
    .option('--type <type>', 'of this type, as ingest-listening-data')
    .option('--queue <queue>', 'of this queue')
    .addOption(new Option('--lane <lane>', 'of this lane').choices(['interactive', 'bulk']))
    .option('--user <user>', 'of this person')
    .option('--parent <job>', 'asked for by this job')
    .option('--from <time>', 'asked for from then on, as 2026-11-24T09:00:00Z')
    .option('--until <time>', 'asked for before then')
    .option('--text <words>', 'the beginning of an id, or words of the problem');

/** The API counts no further. */
const atMost = (number: number): string => (number >= 10_000 ? `${count(number)} or more` : count(number));

function took({ started_at: from, ended_at: to }: Pick<Found, 'started_at' | 'ended_at'>): string | null {
  return from && to ? duration((Date.parse(to) - Date.parse(from)) / 1000) : null;
}

function show({ task, attempts, children, more_children, retry_task_id }: AnswerOf<'getJob'>): void {
  const facts: readonly (readonly [string, string | null])[] = [
    ['job', task.task_id],
    ['type', task.job_type],
    ['status', task.status],
    ['queue', task.queue && `${task.queue} ${task.lane}`],
    ['user', task.user_id],
    ['asked for', task.created_at],
    ['ended', task.ended_at],
    ['problem', task.error && `${task.error.message} (${task.error.code})`],
    ['progress', task.progress && `${task.progress.percent} %, ${task.progress.message}`],
    ['trace', task.trace_id],
    ['asked for by', task.parent_task_id],
    ['done again by', retry_task_id],
  ];
  for (const [name, value] of facts) if (value !== null) console.log(`${name.padEnd(13)}  ${value}`);
  if (attempts.length > 0) {
    console.log();
    table(['nth', 'began', 'ended', 'worker', 'outcome', 'why', 'goes on'], attempts.map(attemptLine));
  }
  if (children.length === 0) return;
  console.log();
  table(
    ['child', 'asked for', 'status', 'type'],
    children.map((child) => [child.task_id, child.created_at, child.status, child.job_type]),
  );
  if (more_children) console.log(`more: ops jobs list --parent ${task.task_id}`);
}

const attemptLine = ({ nth, started_at, ended_at, worker, outcome, problem, next_at }: Attempt) => [
  ...[nth, started_at, ended_at, worker, outcome],
  ...[problem && `${problem.message} (${problem.code})`, next_at],
];
