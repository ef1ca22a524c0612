import type { Api } from '@undertone/contracts/client/api';
import { call } from '@undertone/contracts/client/call';
import type { InputOf } from '@undertone/contracts/client/route-types';
import type { Command } from 'commander';
import { example, json, jsonOption, table } from './output.ts';

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
        ['name', 'status', 'cron', 'time zone', 'next', 'last fired', 'last job'],
        all.map(({ name, status, cron, time_zone, next_at, last_fired_at, last_task_id }) => [
          name,
          status,
          cron,
          time_zone,
          next_at,
          last_fired_at,
          last_task_id,
        ]),
      );
    });
  schedules
    .command('pause <name>')
    .description('let it fire no more until it is resumed')
    .action(async (name: Name) => {
      console.log(`${name} is ${(await call(api(), 'pauseSchedule', { name })).status}`);
    });
  schedules
    .command('resume <name>')
    .description('let it fire again')
    .action(async (name: Name) => {
      console.log(`${name} is ${(await call(api(), 'resumeSchedule', { name })).status}`);
    });
  schedules
    .command('run <name>')
    .description('run now what it does, whether it is on or not')
    .action(async (name: Name) => {
      const { task_id } = await call(api(), 'runSchedule', { name });
      console.log(`job ${task_id}`);
    });
}
