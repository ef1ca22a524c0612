import type { Api } from '@undertone/contracts/client/api';
import { call } from '@undertone/contracts/client/call';
import type { InputOf } from '@undertone/contracts/client/route-types';
import type { RebuildState } from '@undertone/contracts/rebuild';
import { type Command, Option } from 'commander';
import { example, json, jsonOption, table } from './output.ts';
import { Progress } from './progress.ts';

type Swap = InputOf<'startRebuild'>['swap'];

/** `ops rebuilds …` */
export function rebuildCommands(program: Command, api: () => Api): void {
  const rebuilds = program
    .command('rebuilds')
    .description('read models, built anew from the log while they are read');

  rebuilds
    .command('list')
    .description('every projection and how its rebuild is')
    .addOption(jsonOption())
    .addHelpText('after', example('ops rebuilds list'))
    .action(async (options: { json?: true }) => {
      const all = await call(api(), 'listRebuilds');
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
    .action(async (projection: string) => json(await call(api(), 'getRebuild', { projection })));
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
    .action(async (projection: string, { swap, watch }: { swap: Swap; watch?: true }) => {
      let state = await call(api(), 'startRebuild', { projection, swap });
      if (watch) state = await built(api(), projection, swap);
      console.log(`${projection} is ${state.status}${state.error ? `: ${state.error}` : ''}`);
      if (state.status === 'failed') process.exitCode = 1;
    });
  rebuilds
    .command('swap <projection>')
    .description('put what was built in the place of what is read')
    .addHelpText('after', example('ops rebuilds swap scheduler-background-jobs'))
    .action(async (projection: string) => {
      console.log(`${projection} is ${(await call(api(), 'swapRebuild', { projection })).status}`);
    });
  rebuilds
    .command('clear <projection>')
    .description('drop what a rebuild left behind')
    .addHelpText('after', example('ops rebuilds clear scheduler-background-jobs'))
    .action(async (projection: string) => {
      console.log(`${projection} is ${(await call(api(), 'clearRebuild', { projection })).status}`);
    });
}

const LOOK_MS = 500;

/** Shows a rebuild until it is built and, where that was wished, swapped in. */
async function built(api: Api, projection: string, swap: Swap): Promise<RebuildState> {
  const progress = new Progress();
  try {
    for (;;) {
      const state = await call(api, 'getRebuild', { projection });
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
