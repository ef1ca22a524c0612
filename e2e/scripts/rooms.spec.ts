import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { describeCycles, describeGraph } from '../../scripts/rooms/describe-rooms.mjs';
import { folderCycles, folderGraph } from '../../scripts/rooms/folder-graph.mjs';
import { readImports } from '../../scripts/rooms/imports.mjs';

const roots: string[] = [];

afterEach(async () => {
  for (const root of roots.splice(0)) await rm(root, { recursive: true });
});

/** The folder graph of a package with these files. */
async function graphOf(files: Record<string, string>, folder = 'services/sample') {
  const root = await mkdtemp(join(tmpdir(), 'undertone-rooms-'));
  roots.push(root);
  for (const [name, text] of Object.entries(files)) {
    const file = join(root, folder, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
  return folderGraph(await readImports(root, folder));
}

it('finds a cycle that one import of a type ties, and says which', async () => {
  const graph = await graphOf({
    'src/plays/play.ts':
      "import type { Insight } from '../insights/insight.js';\nexport type Play = Insight;",
    'src/insights/insight.ts': "import { mood } from '../moods/mood.js';\nexport type Insight = typeof mood;",
    'src/moods/mood.ts': "import type { Play } from '../plays/play.js';\nexport const mood = {} as Play;",
    'src/main.ts': "import './moods/mood.js';",
  });
  expect(folderCycles(graph)).toEqual([['insights', 'moods', 'plays']]);
  expect(describeCycles('sample', graph)).toEqual([
    [
      'sample: a cycle of 3 rooms: insights, moods, plays',
      '  insights → moods: src/insights/insight.ts imports src/moods/mood.ts',
      '  moods → plays: src/moods/mood.ts imports src/plays/play.ts',
      '  plays → insights: src/plays/play.ts imports src/insights/insight.ts',
    ].join('\n'),
  ]);
});

it.each([
  [
    'a folder and a file at the root',
    {
      'src/settings.ts': "import { cron } from './schedules/cron.js';\nexport const settings = cron;",
      'src/schedules/cron.ts': 'export const cron = 1;',
      'src/schedules/declare.ts':
        "import { settings } from '../settings.js';\nexport const declared = settings;",
    },
    ['schedules', 'settings.ts'],
  ],
  [
    'a folder and one inside it',
    {
      'src/types/types.ts': "import { roast } from './roast/roast.js';\nexport const types = [roast];",
      'src/types/facts.ts': 'export const facts = 1;',
      'src/types/roast/roast.ts': "import { facts } from '../facts.js';\nexport const roast = facts;",
    },
    ['types', 'types/roast'],
  ],
  [
    'types in JSDoc',
    {
      'start/start.mjs': "import { stop } from '../stop/stop.mjs';\nstop();",
      'stop/stop.mjs':
        "/** @param {import('../start/start.mjs').Started} [started] */\nexport function stop(started) {}",
    },
    ['start', 'stop'],
  ],
])('finds a cycle of %s', async (_what, files, rooms) => {
  expect(folderCycles(await graphOf(files))).toEqual([rooms]);
});

it('looks at neither specs, test kits nor tests, and takes every file at the root for itself', async () => {
  const graph = await graphOf({
    'src/main.ts': "import './module.js';",
    'src/module.ts': "import './plays/play.js';",
    'src/id.ts': 'export const id = 1;',
    'src/plays/play.ts': "import { id } from '../id.js';\nexport const play = id;",
    'src/plays/play.spec.ts': "import '../module.js';",
    'src/test-kit/kit.ts': "import '../main.js';",
    'test/plays.spec.ts': "import '../src/main.js';",
  });
  expect(folderCycles(graph)).toEqual([]);
  expect(describeGraph('sample', graph)).toBe(
    [
      'sample: 4 rooms',
      '  main.ts    → module.ts',
      '  module.ts  → plays',
      '  plays      → id.ts',
      '  id.ts',
    ].join('\n'),
  );
});

it('does not pass over an import that leads to no file', async () => {
  await expect(graphOf({ 'src/main.ts': "import './gone.js';" })).rejects.toThrow(
    'services/sample/src/main.ts imports ./gone.js, which is not there.',
  );
});
