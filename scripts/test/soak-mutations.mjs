import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { cloneRoot } from '../clone-paths.mjs';
import { scopes } from '../mutation/scopes.mjs';

/**
 * Mutates what the soak mutates, one scope after another.
 *
 * @param {Record<string, string | undefined>} env
 * @returns {Promise<{ id: string, passed: boolean }[]>} passed: with the score that it has to have
 */
export async function soakMutations(env) {
  const results = [];
  for (const { name, words, atLeast } of scopes) {
    const child = spawn('node', [join(cloneRoot, 'scripts/mutation/run-mutations.mjs'), name, ...words], {
      env: /** @type {NodeJS.ProcessEnv} */ ({ ...env, MUTATION_AT_LEAST: String(atLeast) }),
      stdio: 'inherit',
    });
    const [code] = await once(child, 'exit');
    results.push({ id: ['mutation of', name, ...words].join(' '), passed: code === 0 });
  }
  return results;
}
