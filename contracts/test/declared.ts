import { globSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { EventDefinition } from '@undertone/contracts/event';
import type { JobDefinition } from '@undertone/contracts/jobs/job';
import type { RpcDefinition } from '@undertone/contracts/rpc';

const src = fileURLToPath(new URL('../src/', import.meta.url));

/** Everything that the modules of `src/` export, whether a list names it or not. */
async function exported(): Promise<unknown[]> {
  const paths = globSync('**/*.ts', { cwd: src }).filter((path) => !path.endsWith('.spec.ts'));
  const modules = await Promise.all(paths.map((path) => import(/* @vite-ignore */ `${src}${path}`)));
  return modules.flatMap((module: Record<string, unknown>) => Object.values(module));
}

const has = (value: unknown, ...keys: string[]): boolean =>
  typeof value === 'object' && value !== null && keys.every((key) => key in value);

/** Every event that a module declares. */
export const declaredEvents = async (): Promise<EventDefinition[]> =>
  (await exported()).filter((value): value is EventDefinition => has(value, 'type', 'older', 'read'));

/** Every question that a module declares, but the ones a function makes. */
export const declaredRpcs = async (): Promise<RpcDefinition[]> =>
  (await exported()).filter((value): value is RpcDefinition => has(value, 'subject', 'service', 'output'));

const isJob = (value: unknown): value is JobDefinition =>
  has(value, 'type', 'queue', 'payload', 'maxAttempts');

/** Every job that a module declares, by itself or in a list or record of jobs. */
export const declaredJobs = async (): Promise<JobDefinition[]> => {
  const found = (await exported()).flatMap((value) =>
    isJob(value) || typeof value !== 'object' || value === null ? [value] : Object.values(value),
  );
  return [...new Set(found.filter(isJob))];
};
