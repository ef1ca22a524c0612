import { Command } from 'commander';
import { Api, ApiError } from './api.ts';
import { deadLetterCommands } from './dead-letters.ts';
import { promptCommands } from './prompts.ts';
import { rebuildCommands } from './rebuilds.ts';
import { replayCommands } from './replays.ts';
import { scheduleCommands } from './schedules.ts';

const program = new Command('ops')
  .description('Operates Undertone over its admin API.')
  .option('--url <address>', 'where the gateway is', 'http://127.0.0.1:8000')
  .addHelpText('after', '\nExit codes: 0 done, 1 it failed, 2 it was typed wrong, 3 it waits for somebody.')
  .showHelpAfterError('(--help says more)')
  .exitOverride((error) => {
    // Help that was asked for is no fault.
    process.exit(error.exitCode === 0 ? 0 : 2);
  });

const api = () => new Api(program.opts<{ url: string }>().url);
replayCommands(program, api);
promptCommands(program, api);
rebuildCommands(program, api);
deadLetterCommands(program, api);
scheduleCommands(program, api);

try {
  await program.parseAsync();
} catch (error) {
  console.error(error instanceof ApiError ? error.message : error);
  process.exitCode = 1;
}
