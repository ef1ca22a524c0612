import type { RebuildState } from '@undertone/contracts/rebuild';
import { type Command, Option } from 'commander';
import type { Api } from './api.ts';
import { json, table } from './output.ts';

/** `ops rebuilds …` */
export function rebuildCommands(program: Command, api: () => Api): void {
  const rebuilds = program
    .command('rebuilds')
    .description('read models, built anew from the log while they are read');
  const path = (name = '', rest = '') =>
    `/api/admin/rebuilds${name && `/${encodeURIComponent(name)}`}${rest}`;

  rebuilds
    .command('list')
    .description('every projection and how its rebuild is')
    .action(async () => {
      const all = await api().call<RebuildState[]>('GET', path());
      table(
        ['projection', 'status', 'built', 'of', 'events/s'],
        all.map(({ projection, status, sequence, target, events_per_second }) => [
          projection,
          status,
          sequence,
          target,
          events_per_second === null ? null : Math.round(events_per_second),
        ]),
      );
    });
  rebuilds
    .command('show <projection>')
    .description('one of them as JSON')
    .action(async (name: string) => json(await api().call('GET', path(name))));
  rebuilds
    .command('start <projection>')
    .description('build it beside the tables that are read')
    .addOption(
      new Option('--swap <when>', 'when it takes their place')
        .choices(['when_equal', 'always', 'never'])
        .default('when_equal'),
    )
    .action(async (name: string, { swap }: { swap: string }) => {
      const { status } = await api().call<RebuildState>('POST', path(name), { swap });
      console.log(`${name} is ${status}`);
    });
  rebuilds
    .command('swap <projection>')
    .description('put what was built in the place of what is read')
    .action(async (name: string) => {
      console.log(`${name} is ${(await api().call<RebuildState>('POST', path(name, '/swap'))).status}`);
    });
  rebuilds
    .command('clear <projection>')
    .description('drop what a rebuild left behind')
    .action(async (name: string) => {
      console.log(`${name} is ${(await api().call<RebuildState>('DELETE', path(name))).status}`);
    });
}
