import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sizeOf } from '@undertone/platform/test-kit/soak';
import { z } from 'zod';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const run = z.object({
  seed: z.string(),
  jobs: z.int(),
  /** Of its database, roles and keys. */
  id: z.string(),
  /** At which Spotify stands still. */
  now: z.iso.datetime(),
  keys: z.object({ identity: z.string(), token: z.string() }),
});

/** What stays the same of a run when it goes on after it was cut off. */
export type Run = z.output<typeof run> & { readonly directory: string; readonly goesOn: boolean };

/**
 * The run that the environment asks for: the one in the folder goes on with `SOAK_RESUME`, and makes way without.
 * @throws {Error} there is none to go on with.
 */
export function runOf({ SOAK_STATE, SOAK_SEED, SOAK_RESUME }: NodeJS.ProcessEnv): Run {
  const directory = resolve(ROOT, SOAK_STATE ?? '.undertone/soak-jobs');
  const file = join(directory, 'run.json');
  if (SOAK_RESUME) {
    if (!existsSync(file)) throw new Error(`there is no run in ${directory} to go on with`);
    return { ...run.parse(JSON.parse(readFileSync(file, 'utf8'))), directory, goesOn: true };
  }
  // It is emptied: nobody's folder is to be given by mistake.
  if (existsSync(directory) && !existsSync(file)) throw new Error(`${directory} is no folder of this soak`);
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  const made = {
    seed: SOAK_SEED ?? randomBytes(4).toString('hex'),
    jobs: sizeOf('SOAK_JOBS', { usual: 20_000 }),
    id: randomBytes(5).toString('hex'),
    now: new Date().toISOString(),
    keys: { identity: randomBytes(32).toString('base64'), token: randomBytes(32).toString('base64') },
  };
  writeFileSync(file, JSON.stringify(made));
  return { ...made, directory, goesOn: false };
}
