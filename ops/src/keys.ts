import type { Api } from '@undertone/contracts/client/api';
import { call } from '@undertone/contracts/client/call';
import type { ServiceKeys } from '@undertone/contracts/encryption-keys';
import { type Command, Option } from 'commander';
import { example, json, jsonOption, table } from './output.ts';
import { watchTask } from './watch-task.ts';

const SERVICES = ['identity', 'token'] as const satisfies readonly ServiceKeys['service'][];

/** `ops keys …` */
export function keyCommands(program: Command, api: () => Api): void {
  const keys = program
    .command('keys')
    .description('keys that encrypt what is kept of people, by their fingerprints (docs/keys.md)');

  keys
    .command('list')
    .description('which key of each service encrypts, and how many rows stand under each')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      example('ops keys list', 'A key with no rows that does not encrypt can be taken out.'),
    )
    .action(async (options: { json?: true }) => {
      const all = await call(api(), 'listKeys');
      if (options.json) return json(all);
      table(
        ['service', 'key', 'encrypts', 'configured', 'rows'],
        all.flatMap(({ service, keys: uses }) =>
          uses.map(({ id, encrypts, configured, rows }) => [
            service,
            id,
            encrypts ? 'yes' : 'no',
            configured ? 'yes' : 'no',
            rows,
          ]),
        ),
      );
    });
  keys
    .command('rotate')
    .description('put every row under the key that encrypts now; rows stay readable and writable meanwhile')
    .addOption(new Option('--service <name>', 'only of this one').choices(SERVICES))
    .option('-w, --watch', 'follow it to the end')
    .addHelpText('after', example('ops keys rotate --service token --watch'))
    .action(async ({ service, watch }: { service?: (typeof SERVICES)[number]; watch?: true }) => {
      for (const name of service ? [service] : SERVICES) {
        const { task_id } = await call(api(), 'rotateKeys', { service: name });
        console.log(`${name}: job ${task_id}`);
        if (!watch) continue;
        const task = await watchTask(api(), task_id);
        if (task.status === 'SUCCESS')
          console.log(`${name}: ${task.result?.rows} rows under the key ${task.result?.key_id}`);
      }
    });
}
