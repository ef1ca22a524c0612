import type { Api } from '@undertone/contracts/client/api';
import { call } from '@undertone/contracts/client/call';
import type { AnswerOf, InputOf } from '@undertone/contracts/client/route-types';
import type { Command } from 'commander';
import { example, json, jsonOption, table } from './output.ts';

type Entry = AnswerOf<'listAudit'>[number];

/** `ops audit` */
export function auditCommand(program: Command, api: () => Api): void {
  program
    .command('audit')
    .description('who did what as an admin or about access, and what was denied; the newest of it')
    .option('--actor <user>', 'by this person, by their id or pseudonym')
    .option('--subject <user>', 'about this person, by their id or pseudonym')
    .option('--what <action>', 'the operationId of a route, or as the list names it: requests-denied')
    .option('--since <time>', 'from then on, as 2026-11-24T09:00:00Z')
    .option('--until <time>', 'before then')
    .option('--limit <rows>', 'how many, 200 at most', '50')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      example(
        'ops audit --what requests-denied',
        'People who are not here any more stand in it by a pseudonym alone.',
      ),
    )
    // The options are text as it was typed: the API says what it takes.
    .action(async ({ json: asJson, ...query }: InputOf<'listAudit'> & { json?: true }) => {
      const all = await call(api(), 'listAudit', query);
      if (asJson) return json(all);
      table(
        ['when', 'what', 'by', 'who', 'about', 'to', 'outcome'],
        all.map((entry) => [
          entry.at,
          entry.what,
          entry.by,
          entry.actor_user_id ?? entry.actor ?? entry.denied?.origin ?? null,
          entry.subject_user_id ?? entry.subject,
          Object.entries(entry.targets)
            .map(([name, value]) => `${name}=${value}`)
            .join(' ') || null,
          outcome(entry),
        ]),
      );
    });
}

function outcome({ status, code, denied }: Entry): string | null {
  if (!denied) return code ?? (status === null ? null : `${status}`);
  const counts = denied.denials.map(({ what, code: why, times }) => `${what ?? 'any'} ${why} ${times}×`);
  return [...(denied.callers > 1 ? [`${denied.callers} callers`] : []), ...counts].join(', ');
}
