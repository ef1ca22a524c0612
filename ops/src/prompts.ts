import { readFileSync } from 'node:fs';
import type { Api } from '@undertone/contracts/client/api';
import { call } from '@undertone/contracts/client/call';
import { pages } from '@undertone/contracts/client/pages';
import type { AnswerOf, InputOf } from '@undertone/contracts/client/route-types';
import type { Command } from 'commander';
import { example, json, jsonOption, table } from './output.ts';

/** Names as they were typed: the API says which there are. */
type Label = InputOf<'movePromptLabel'>;

/** `ops prompts …` */
export function promptCommands(program: Command, api: () => Api): void {
  const prompts = program.command('prompts').description('versions of prompts and their labels');

  prompts
    .command('list')
    .description('where each prompt stands')
    .addOption(jsonOption())
    .addHelpText('after', example('ops prompts list'))
    .action(async (options: { json?: true }) => {
      const all = await call(api(), 'listPrompts');
      if (options.json) return json(all);
      table(
        ['name', 'newest', 'production', 'candidate', 'experiment'],
        all.map(({ name, newest, labels, experiment }) => [
          name,
          newest,
          labels.production,
          labels.candidate,
          experiment?.experiment_id ?? null,
        ]),
      );
    });
  prompts
    .command('show <name>')
    .description('all versions as JSON')
    .addHelpText('after', example('ops prompts show wellness'))
    .action(async (name: Label['name']) => {
      const versions: AnswerOf<'getPrompt'>['versions'] = [];
      let prompt: AnswerOf<'getPrompt'> | undefined;
      for await (prompt of pages(api(), 'getPrompt', { name })) versions.push(...prompt.versions);
      json({ ...prompt, versions });
    });
  prompts
    .command('publish <file>')
    .description('publish a version from a JSON file: name, messages, variables, changelog, …')
    .addHelpText('after', example('ops prompts publish better.json'))
    .action(async (file: string) => {
      const { name, number } = await call(api(), 'publishPrompt', draftIn(file));
      console.log(`${name}-v${number} is published; nothing is written with it yet`);
    });
  prompts
    .command('label <name> <label> <number>')
    .description('move `production` or `candidate` to a version; past insights stay as they are')
    .addHelpText('after', example('ops prompts label wellness production 2'))
    .action(async (name: Label['name'], label: Label['label'], number: string) => {
      const { labels } = await call(api(), 'movePromptLabel', { name, label, number: Number(number) });
      console.log(`production ${labels.production ?? '–'}, candidate ${labels.candidate ?? '–'}`);
    });
}

/** A file that was named is not what it has to be; the message is for whoever named it. */
export class UnreadableFile extends Error {}

/** Not checked here: the API names each field that is wrong. @throws {UnreadableFile} */
function draftIn(file: string): InputOf<'publishPrompt'> {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as InputOf<'publishPrompt'>;
  } catch (error) {
    throw new UnreadableFile(`${file} cannot be read as JSON: ${(error as Error).message}`, { cause: error });
  }
}
