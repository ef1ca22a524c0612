import type { Schedule } from '@undertone/contracts/schedules/schedule';
import type { Command } from 'commander';
import type { Api } from './api.ts';
import { example, json, jsonOption, table } from './output.ts';

/** `ops schedules …` */
export function scheduleCommands(program: Command, api: () => Api): void {
  const schedules = program.command('schedules').description('what runs by itself, and when');
  const path = (name = '', rest = '') =>
    `/api/admin/schedules${name && `/${encodeURIComponent(name)}`}${rest}`;

  schedules
    .command('list')
    .description('every schedule, when it fires next and when it last did')
    .addOption(jsonOption())
    .addHelpText('after', example('ops schedules list'))
    .action(async (options: { json?: true }) => {
      const all = await api().call<Schedule[]>('GET', path());
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
    .action(async (name: string) => {
      console.log(`${name} is ${(await api().call<Schedule>('POST', path(name, '/pause'))).status}`);
    });
  schedules
    .command('resume <name>')
    .description('let it fire again')
    .action(async (name: string) => {
      console.log(`${name} is ${(await api().call<Schedule>('POST', path(name, '/resume'))).status}`);
    });
  schedules
    .command('run <name>')
    .description('run now what it does, whether it is on or not')
    .action(async (name: string) => {
      const { task_id } = await api().call<{ task_id: string }>('POST', path(name, '/run'));
      console.log(`job ${task_id}`);
    });
}
