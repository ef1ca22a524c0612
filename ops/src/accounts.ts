import type { Api } from '@undertone/contracts/client/api';
import { call } from '@undertone/contracts/client/call';
import { pages } from '@undertone/contracts/client/pages';
import type { AnswerOf } from '@undertone/contracts/client/route-types';
import type { Command } from 'commander';
import { example, json, jsonOption, table } from './output.ts';

type Account = AnswerOf<'listAccounts'>[number];

/** `ops accounts …` */
export function accountCommands(program: Command, api: () => Api): void {
  const accounts = program
    .command('accounts')
    .description(
      'who may sign in, and as what (AUTH_MODE=accounts; all of it works before that is turned on, too)',
    );

  accounts
    .command('list')
    .description('people, and how they sign in')
    .addOption(jsonOption())
    .addHelpText('after', example('ops accounts list'))
    .action(async (options: { json?: true }) => {
      const all = await everybody(api());
      if (options.json) return json(all);
      table(
        ['user', 'name', 'roles', 'signs in by'],
        all.map(({ user_id, display_name, roles, signs_in_by }) => [
          user_id,
          display_name,
          roles.join(', ') || null,
          signs_in_by.join(', ') || null,
        ]),
      );
    });
  accounts
    .command('invite')
    .description('a code with which somebody registers, once, within a week')
    .option('--admin', 'they become an admin')
    .addHelpText('after', example('ops accounts invite'))
    .action(async ({ admin = false }: { admin?: boolean }) => {
      const { code, expires_at } = await call(api(), 'createInvitation', { admin });
      console.log(code);
      console.error(`good once, until ${expires_at}; it goes into "invitation" of POST /api/users/register`);
    });
  accounts
    .command('password-code')
    .description('a code with which a person sets their password, once, within a day')
    .argument('<user>', 'their id')
    .addHelpText('after', example('ops accounts password-code 0199b2c4-6f1e-7a35-9c1d-3e5f7a9b1c20'))
    .action(async (user_id: string) => {
      const { code, expires_at } = await call(api(), 'createPasswordCode', { user_id });
      console.log(code);
      console.error(`good once, until ${expires_at}; it goes into "code" of POST /api/auth/password`);
    });
  accounts
    .command('claim-codes')
    .description(
      'a code for each person who cannot sign in yet, to give to them: with it, what is theirs stays theirs',
    )
    .addOption(jsonOption())
    .addHelpText(
      'after',
      example(
        'ops accounts claim-codes',
        'For an installation that had no sign-in: 1. make the codes, while AUTH_MODE=open or as an admin; 2. set AUTH_MODE=accounts and ' +
          'start again; 3. each person sends POST /api/auth/password with their code, an e-mail address and a password. The codes are ' +
          'good for a day. Run again, it makes new ones for whoever cannot sign in yet, and those that it made before are good no more.',
      ),
    )
    .action(async (options: { json?: true }) => {
      const waiting = (await everybody(api())).filter(({ signs_in_by }) => signs_in_by.length === 0);
      const rows: { user_id: string; display_name: string; code: string; expires_at: string }[] = [];
      for (const { user_id, display_name } of waiting) {
        rows.push({ user_id, display_name, ...(await call(api(), 'createPasswordCode', { user_id })) });
      }
      if (options.json) return json(rows);
      if (rows.length === 0) return console.log('everybody can sign in already');
      table(
        ['name', 'user', 'code', 'until'],
        rows.map(({ display_name, user_id, code, expires_at }) => [display_name, user_id, code, expires_at]),
      );
    });
  accounts
    .command('codes')
    .description('invitations and codes that are good, without the codes themselves')
    .addOption(jsonOption())
    .addHelpText('after', example('ops accounts codes'))
    .action(async (options: { json?: true }) => {
      const all: AnswerOf<'listCodes'> = [];
      for await (const page of pages(api(), 'listCodes', { limit: 200 })) all.push(...page);
      if (options.json) return json(all);
      table(
        ['code', 'for', 'user', 'made by', 'until'],
        all.map(({ code_id, is_for, admin, user_id, issued_by, by_mail, expires_at }) => [
          code_id,
          admin ? 'invitation of an admin' : is_for,
          user_id,
          by_mail ? 'mail' : issued_by,
          expires_at,
        ]),
      );
    });
  accounts
    .command('withdraw-code')
    .description('an invitation or code that was given out is good no more')
    .argument('<code>', 'its id, as "ops accounts codes" shows it')
    .addHelpText('after', example('ops accounts withdraw-code 0199b2c4-6f1e-7a35-9c1d-3e5f7a9b1c20'))
    .action(async (code_id: string) => {
      const { is_for, expires_at } = await call(api(), 'withdrawCode', { code_id });
      console.log(`withdrawn: ${is_for}, which was good until ${expires_at}`);
    });
  accounts
    .command('make-admin')
    .description('give a person the role of an admin; their sessions end')
    .argument('<user>', 'their id')
    .addHelpText('after', example('ops accounts make-admin 0199b2c4-6f1e-7a35-9c1d-3e5f7a9b1c20'))
    .action((user_id: string) => changeRoles(api(), user_id, ['admin']));
  accounts
    .command('no-admin')
    .description('take that role away again; their sessions end')
    .argument('<user>', 'their id')
    .addHelpText('after', example('ops accounts no-admin 0199b2c4-6f1e-7a35-9c1d-3e5f7a9b1c20'))
    .action((user_id: string) => changeRoles(api(), user_id, []));
}

async function everybody(api: Api): Promise<Account[]> {
  const all: Account[] = [];
  for await (const page of pages(api, 'listAccounts', { limit: 200 })) all.push(...page);
  return all;
}

async function changeRoles(api: Api, user_id: string, roles: Account['roles']): Promise<void> {
  const account = await call(api, 'changeRoles', { user_id, roles });
  console.log(`${account.display_name}: ${account.roles.join(', ') || 'no role'}`);
}
