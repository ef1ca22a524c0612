import type { Api } from '@undertone/contracts/client/api';
import { call } from '@undertone/contracts/client/call';
import type { InputOf } from '@undertone/contracts/client/route-types';
import type { Schedule } from '@undertone/contracts/schedules/schedule';
import type { Command } from 'commander';
import { example, json, jsonOption, table } from './output.ts';
import { watchTask } from './watch-task.ts';

/** As it was typed: the API says which there are. */
type Name = InputOf<'runSchedule'>['name'];

/** `ops schedules …` */
export function scheduleCommands(program: Command, api: () => Api): void {
  const schedules = program.command('schedules').description('what runs by itself, and when');

  schedules
    .command('list')
    .description('every schedule, when it fires next and when it last did')
    .addOption(jsonOption())
    .addHelpText('after', example('ops schedules list'))
    .action(async (options: { json?: true }) => {
      const all = await call(api(), 'listSchedules');
      if (options.json) return json(all);
      table(
        ['name', 'status', 'cron', 'time zone', 'said by', 'next', 'last fired', 'last job', 'status of it'],
        all.map(
          ({ name, status, cron, time_zone, said_by, next_at, last_fired_at, last_task_id, last_status }) => [
            name,
            status,
            cron,
            time_zone,
            said_by,
            next_at,
            last_fired_at,
            last_task_id,
            last_status,
          ],
        ),
      );
    });
  schedules
    .command('set <name>')
    .description('say when it fires, in place of the settings')
    .option(
      '--cron <expression>',
      'six fields: second, minute, hour, day of the month, month, day of the week',
    )
    .option('--time-zone <zone>', 'in which they are read')
    .addHelpText('after', example("ops schedules set ingest-all-users --cron '0 30 4 * * *'"))
    .action(async (name: Name, { cron, timeZone: time_zone }: { cron?: string; timeZone?: string }) => {
      say(await call(api(), 'changeSchedule', { name, cron, time_zone }));
    });
  schedules
    .command('reset <name>')
    .description('let it fire when the settings say')
    .action(async (name: Name) => say(await call(api(), 'resetSchedule', { name })));
  schedules
    .command('pause <name>')
    .description('let it fire no more until it is resumed; `all` pauses every one')
    .action(async (name: Name | 'all') => {
      if (name === 'all') for (const each of await call(api(), 'pauseSchedules')) say(each);
      else say(await call(api(), 'pauseSchedule', { name }));
    });
  schedules
    .command('resume <name>')
    .description('let it fire again; `all` resumes every one that is paused')
    .action(async (name: Name | 'all') => {
      if (name === 'all') for (const each of await call(api(), 'resumeSchedules')) say(each);
      else say(await call(api(), 'resumeSchedule', { name }));
    });
  schedules
    .command('backfill <name>')
    .description('make up for what it did not run in a range, one run after another')
    .requiredOption('--from <time>', 'the first moment, such as 2026-11-20T00:00:00Z')
    .requiredOption('--to <time>', 'the last one')
    .option('--dry-run', 'only count')
    .addHelpText(
      'after',
      example(
        'ops schedules backfill ingest-all-users --from 2026-11-20T00:00:00Z --to 2026-11-29T00:00:00Z',
      ),
    )
    .action(async (name: Name, { from, to, dryRun }: { from: string; to: string; dryRun?: true }) => {
      const answer = await call(api(), 'backfillSchedule', { name, from, to, dry_run: dryRun });
      if ('task_id' in answer) {
        console.log(`job ${answer.task_id}`);
        await watchTask(api(), answer.task_id);
      } else {
        const { due, had_run, to_run } = answer;
        console.log(
          `${name} was due ${due} times, ran ${had_run} of them, and ${to_run} are to be made up for`,
        );
      }
    });
  schedules
    .command('run <name>')
    .description('run now what it does, whether it is on or not')
    .action(async (name: Name) => {
      const { task_id } = await call(api(), 'runSchedule', { name });
      console.log(`job ${task_id}`);
    });
}

/** How a schedule stands, in a line. */
function say({ name, status, cron, time_zone, next_at }: Schedule): void {
  const next = next_at ? `, next at ${next_at}` : '';
  console.log(cron ? `${name} is ${status}: ${cron} (${time_zone})${next}` : `${name} is ${status}`);
}
