import { readFileSync } from 'node:fs';
import type { Api } from '@undertone/contracts/client/api';
import { call } from '@undertone/contracts/client/call';
import { pages } from '@undertone/contracts/client/pages';
import type { AnswerOf } from '@undertone/contracts/client/route-types';
import type { Command } from 'commander';
import { example, json, jsonOption, table } from './output.ts';
import { UnreadableFile } from './prompts.ts';

/** As many as the API takes in one request. */
const AT_ONCE = 1_000;

/** `ops erasures …` */
export function erasureCommands(program: Command, api: () => Api): void {
  const erasures = program
    .command('erasures')
    .description('people who had themselves erased, by pseudonym (docs/erasure.md)');

  erasures
    .command('list')
    .description('whom, and when: keep it apart from the data')
    .addOption(jsonOption())
    .addHelpText('after', example('ops erasures list --json > erasures.json'))
    .action(async (options: { json?: true }) => {
      const all = await everyErasure(api());
      if (options.json) return json(all);
      table(
        ['pseudonym', 'requested', 'erased'],
        all.map(({ pseudonym, requested_at, erased_at }) => [pseudonym, requested_at, erased_at]),
      );
    });
  erasures
    .command('apply')
    .description('erase again whoever is back, after an older backup was put in place')
    .option(
      '--file <path>',
      'the list that was kept apart: JSON, or a JSON object a line; else what the database lists',
    )
    .option('--yes', 'do it; without it, it only counts')
    .addHelpText('after', example('ops erasures apply --file .undertone/erasures.jsonl --yes'))
    .action(async ({ file, yes = false }: { file?: string; yes?: boolean }) => {
      const listed = file === undefined ? await everyErasure(api()) : listIn(file);
      const pseudonyms = [...new Set(listed.map(({ pseudonym }) => pseudonym))];
      let found = 0;
      for (let from = 0; from < pseudonyms.length; from += AT_ONCE) {
        const some = pseudonyms.slice(from, from + AT_ONCE);
        const answer = await call(api(), 'eraseAgain', { pseudonyms: some, dry_run: !yes });
        found += answer.found.length;
        for (const [nth, pseudonym] of answer.found.entries()) {
          console.log([pseudonym, answer.task_ids[nth]].filter(Boolean).join('  job '));
        }
      }
      console.error(outcome(found, pseudonyms.length, yes));
    });
}

/** @param listed how many were looked for. @param isDone whether they are erased again. */
function outcome(found: number, listed: number, isDone: boolean): string {
  const people = listed === 1 ? 'the one person on the list' : `the ${listed} people on the list`;
  if (listed === 0) return 'nobody is on the list';
  if (found === 0) return listed === 1 ? `${people} is not back` : `none of ${people} is back`;
  const who = listed === 1 ? people : `${found} of ${people}`;
  const are = found === 1 ? 'is' : 'are';
  return isDone ? `${who} ${are} being erased again` : `${who} ${are} back; --yes erases them again`;
}

async function everyErasure(api: Api): Promise<AnswerOf<'listErasures'>> {
  const all: AnswerOf<'listErasures'> = [];
  for await (const page of pages(api, 'listErasures', { limit: 200 })) all.push(...page);
  return all;
}

/** @throws {UnreadableFile} */
function listIn(file: string): { pseudonym: string }[] {
  try {
    const text = readFileSync(file, 'utf8').trim();
    const parsed: unknown = text.startsWith('[')
      ? JSON.parse(text)
      : text
          .split('\n')
          .filter(Boolean)
          .map((line) => JSON.parse(line) as unknown);
    return (parsed as { pseudonym?: unknown }[]).map(({ pseudonym }) => {
      if (typeof pseudonym !== 'string') throw new Error('a line has no pseudonym');
      return { pseudonym };
    });
  } catch (error) {
    throw new UnreadableFile(`${file} cannot be read as a list of erasures: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
