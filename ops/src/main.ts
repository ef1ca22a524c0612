import type { Api } from '@undertone/contracts/client/api';
import { ApiError, ApiUnreachable } from '@undertone/contracts/client/api-error';
import { Command, InvalidArgumentError, Option } from 'commander';
import { accountCommands } from './accounts.ts';
import { auditCommand } from './audit.ts';
import { deadLetterCommands } from './dead-letters.ts';
import { erasureCommands } from './erasures.ts';
import { jobDecisionCommands } from './job-decisions.ts';
import { jobCommands } from './jobs.ts';
import { keyCommands } from './keys.ts';
import { operationCommands } from './operations.ts';
import { promptCommands, UnreadableFile } from './prompts.ts';
import { rebuildCommands } from './rebuilds.ts';
import { replayCommands } from './replays.ts';
import { scheduleCommands } from './schedules.ts';

const program = new Command('ops')
  .description('Operates Undertone over its admin API.')
  .addOption(
    new Option(
      '--url <address>',
      'where the gateway is; pnpm ops also reads PORT and .env, as npm start does',
    )
      .env('UNDERTONE_URL')
      .argParser(address)
      .default('http://127.0.0.1:8000'),
  )
  .addOption(
    new Option(
      '--key <key>',
      'of an admin, with the scopes that the command needs; not needed in open mode',
    ).env('UNDERTONE_KEY'),
  )
  .addHelpText(
    'after',
    '\nExit codes: 0 done, 1 it failed, 2 it was typed wrong, 3 a replay waits for somebody.\nExample:\n  pnpm ops replays list --json',
  )
  .showHelpAfterError('(--help says more)')
  .exitOverride((error) => {
    // Help that was asked for is no fault.
    process.exit(error.exitCode === 0 ? 0 : 2);
  });

const api = (): Api => {
  const { url, key } = program.opts<{ url: string; key?: string }>();
  // It is a secret, so it is not repeated.
  if (key && !/^[\x21-\x7e]+$/.test(key))
    program.error(
      'error: what --key or UNDERTONE_KEY says is no key: it has letters, digits and signs, no space',
    );
  return { url, ...(key && { headers: { authorization: `Bearer ${key}` } }) };
};
accountCommands(program, api);
auditCommand(program, api);
replayCommands(program, api);
promptCommands(program, api);
rebuildCommands(program, api);
deadLetterCommands(program, api);
erasureCommands(program, api);
jobCommands(program, api);
keyCommands(program, api);
jobDecisionCommands(program, api);
scheduleCommands(program, api);
operationCommands(program, api);

try {
  await program.parseAsync();
} catch (error) {
  console.error(explained(error));
  process.exitCode = 1;
}

/** @throws {InvalidArgumentError} */
function address(text: string): string {
  if (/^https?:\/\/[^/?#@][^?#@]*$/.test(text) && URL.canParse(text)) return text;
  throw new InvalidArgumentError(
    'Set it (--url or UNDERTONE_URL) to an address such as http://127.0.0.1:8000',
  );
}

/** In one line where the operator can do something about it, else whole. */
function explained(error: unknown): unknown {
  if (error instanceof ApiUnreachable)
    return `nobody answers at ${error.url}: start the system (npm start), or name its address with --url or UNDERTONE_URL`;
  if (error instanceof ApiError && error.status === 401)
    return `${error.message}\npeople sign in at this installation: name an admin’s key with --key or UNDERTONE_KEY (docs/sign-in.md)`;
  return error instanceof ApiError || error instanceof UnreadableFile ? error.message : error;
}
