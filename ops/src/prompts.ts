import { readFileSync } from 'node:fs';
import type { PromptDetails, PromptOverview, PromptVersion } from '@undertone/contracts/prompt/prompt';
import type { Command } from 'commander';
import { type Api, ApiError } from './api.ts';
import { example, json, jsonOption, table } from './output.ts';

/** `ops prompts …` */
export function promptCommands(program: Command, api: () => Api): void {
  const prompts = program.command('prompts').description('versions of prompts and their labels');
  const path = (name = '', rest = '') => `/api/admin/prompts${name && `/${encodeURIComponent(name)}`}${rest}`;

  prompts
    .command('list')
    .description('where each prompt stands')
    .addOption(jsonOption())
    .addHelpText('after', example('ops prompts list'))
    .action(async (options: { json?: true }) => {
      const all = await api().call<PromptOverview[]>('GET', path());
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
    .action(async (name: string) => json(await api().call<PromptDetails>('GET', path(name))));
  prompts
    .command('publish <file>')
    .description('publish a version from a JSON file: name, messages, variables, changelog, …')
    .addHelpText('after', example('ops prompts publish better.json'))
    .action(async (file: string) => {
      const draft = draftIn(file);
      const { name, number } = await api().call<PromptVersion>('POST', path(), draft);
      console.log(`${name}-v${number} is published; nothing is written with it yet`);
    });
  prompts
    .command('label <name> <label> <number>')
    .description('move `production` or `candidate` to a version; past insights stay as they are')
    .addHelpText('after', example('ops prompts label wellness production 2'))
    .action(async (name: string, label: string, number: string) => {
      const move = { label, number: Number(number) };
      const { labels } = await api().call<PromptOverview>('POST', path(name, '/labels'), move);
      console.log(`production ${labels.production ?? '–'}, candidate ${labels.candidate ?? '–'}`);
    });
}

/** @throws {ApiError} in the words of whoever typed the name. */
function draftIn(file: string): object {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as object;
  } catch (error) {
    throw new ApiError(`${file} cannot be read as JSON: ${(error as Error).message}`);
  }
}
