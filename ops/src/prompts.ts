import { readFileSync } from 'node:fs';
import type { PromptDetails, PromptOverview, PromptVersion } from '@undertone/contracts/prompt/prompt';
import type { Command } from 'commander';
import type { Api } from './api.ts';
import { json, table } from './output.ts';

/** `ops prompts …` */
export function promptCommands(program: Command, api: () => Api): void {
  const prompts = program.command('prompts').description('versions of prompts and their labels');
  const path = (name = '', rest = '') => `/api/admin/prompts${name && `/${encodeURIComponent(name)}`}${rest}`;

  prompts
    .command('list')
    .description('where each prompt stands')
    .action(async () => {
      const all = await api().call<PromptOverview[]>('GET', path());
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
    .action(async (name: string) => json(await api().call<PromptDetails>('GET', path(name))));
  prompts
    .command('publish <file>')
    .description('publish a version from a JSON file: name, messages, variables, changelog, …')
    .action(async (file: string) => {
      const draft = JSON.parse(readFileSync(file, 'utf8')) as object;
      const { name, number } = await api().call<PromptVersion>('POST', path(), draft);
      console.log(`${name}-v${number} is published; nothing is written with it yet`);
    });
  prompts
    .command('label <name> <label> <number>')
    .description('move `production` or `candidate` to a version; past insights stay as they are')
    .action(async (name: string, label: string, number: string) => {
      const move = { label, number: Number(number) };
      const { labels } = await api().call<PromptOverview>('POST', path(name, '/labels'), move);
      console.log(`production ${labels.production ?? '–'}, candidate ${labels.candidate ?? '–'}`);
    });
}
