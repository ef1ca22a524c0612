import type { EntityManager } from '@mikro-orm/postgresql';
import { openDatabase } from '@undertone/platform/database/open-database';
import { createLogger } from '@undertone/platform/logging/logger';
import { loadSettings } from '@undertone/platform/settings/load-settings';
import { database } from '../mikro-orm.config.js';
import { recordAudit } from './audit/record-audit.js';
import { issueInvitation } from './codes/one-time-codes.js';
import { identitySettings } from './settings.js';

/*
 * Prints the code of an invitation that makes an admin. It is for whoever runs the installation, with the settings of the
 * identity service: they need no account for it, and nobody else can run it.
 */

const HELP = `Prints a code with which the first admin registers:

  node services/identity/dist/src/first-admin.js [--another]

  --another   there is an admin already, and there is to be another one

It needs DATABASE_URL and FIELD_ENCRYPTION_KEY, as the identity service has them.
`;

const flags = process.argv.slice(2);
if (flags.includes('--help')) {
  process.stdout.write(HELP);
} else if (flags.some((flag) => flag !== '--another')) {
  process.stderr.write(HELP);
  process.exitCode = 2;
} else {
  try {
    await printCode();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}

/** Who was made an admin and cannot sign in is of no help. */
async function adminsWithAWayIn(em: EntityManager): Promise<number> {
  const [row] = await em.execute<{ count: number }[]>(
    `select count(*)::int as count from registered_user as person
     where is_admin and (password_hash is not null
       or exists (select from linked_account where user_id = person.id)
       or exists (select from passkey where user_id = person.id))`,
  );
  return row?.count ?? 0;
}

async function printCode(): Promise<void> {
  const settings = loadSettings('identity', identitySettings, process.env);
  const orm = await openDatabase(database, settings, createLogger('identity', 'error'));
  try {
    const em = orm.em.fork();
    if (!flags.includes('--another') && (await adminsWithAWayIn(em)) > 0) {
      throw new Error(
        'There is an admin already, who can invite another one. --another makes a code all the same.',
      );
    }
    const { code, expiresAt } = await em.transactional(async (transaction) => {
      const at = new Date().toISOString();
      await recordAudit(transaction, {
        what: 'admin-invited',
        by: 'command_line',
        targets: { admin: true },
        at,
      });
      return issueInvitation(transaction, true, null);
    });
    process.stdout.write(`Whoever registers with this code, until ${expiresAt.toISOString()}, is an admin:

  ${code}

  curl -s ${settings.PUBLIC_URL}/api/users/register -H 'content-type: application/json' \\
    -d '{"display_name":"Ada","email":"ada@example.org","password":"<a long one>","invitation":"${code}"}'
`);
  } finally {
    await orm.close();
  }
}
