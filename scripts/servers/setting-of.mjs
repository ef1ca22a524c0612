import { readFileSync } from 'node:fs';

/**
 * A setting, or what is in the file that `NAME_FILE` names, as the services read it.
 *
 * @param {Record<string, string | undefined>} env
 * @param {string} name
 */
export function settingOf(env, name) {
  const file = env[`${name}_FILE`];
  return env[name] || (file ? readFileSync(file, 'utf8').trim() : undefined);
}
