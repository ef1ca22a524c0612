import type { RebuildState } from '@undertone/contracts/rebuild';
import { type Command, Option } from 'commander';
import type { Api } from './api.ts';
import { example, json, jsonOption, table } from './output.ts';
import { Progress } from './progress.ts';

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
    .addOption(jsonOption())
    .addHelpText('after', example('ops rebuilds list'))
    .action(async (options: { json?: true }) => {
      const all = await api().call<RebuildState[]>('GET', path());
      if (options.json) return json(all);
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
    .addHelpText('after', example('ops rebuilds show scheduler-background-jobs'))
    .action(async (name: string) => json(await api().call('GET', path(name))));
  rebuilds
    .command('start <projection>')
    .description('build it beside the tables that are read')
    .addOption(
      new Option('--swap <when>', 'when it takes their place')
        .choices(['when_equal', 'always', 'never'])
        .default('when_equal'),
    )
    .option('-w, --watch', 'follow it to the end')
    .addHelpText('after', example('ops rebuilds start scheduler-background-jobs --watch'))
    .action(async (name: string, { swap, watch }: { swap: string; watch?: true }) => {
      let state = await api().call<RebuildState>('POST', path(name), { swap });
      if (watch) state = await built(api(), path(name), swap);
      console.log(`${name} is ${state.status}${state.error ? `: ${state.error}` : ''}`);
      if (state.status === 'failed') process.exitCode = 1;
    });
  rebuilds
    .command('swap <projection>')
    .description('put what was built in the place of what is read')
    .addHelpText('after', example('ops rebuilds swap scheduler-background-jobs'))
    .action(async (name: string) => {
      console.log(`${name} is ${(await api().call<RebuildState>('POST', path(name, '/swap'))).status}`);
    });
  rebuilds
    .command('clear <projection>')
    .description('drop what a rebuild left behind')
    .addHelpText('after', example('ops rebuilds clear scheduler-background-jobs'))
    .action(async (name: string) => {
      console.log(`${name} is ${(await api().call<RebuildState>('DELETE', path(name))).status}`);
    });
}

const LOOK_MS = 500;

/** Shows a rebuild until it is built and, where that was wished, swapped in. */
async function built(api: Api, path: string, swap: string): Promise<RebuildState> {
  const progress = new Progress();
  try {
    for (;;) {
      const state = await api.call<RebuildState>('GET', path);
      const rate =
        state.events_per_second === null ? '' : `, ${Math.round(state.events_per_second)} events/s`;
      progress.show(state.sequence, state.target, state.status, `${state.status}${rate}`);
      const swapping = state.status === 'equal' && swap !== 'never';
      if (state.status !== 'building' && !swapping) return state;
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  } finally {
    progress.stop();
  }
}
