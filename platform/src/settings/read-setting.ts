import { readFileSync } from 'node:fs';

/**
 * The value of a setting: of the variable `NAME`, or of the file that `NAME_FILE` names, as container secrets do. An empty variable
 * counts as absent.
 * @param problems is told of a file that cannot be read.
 * @returns `undefined` where neither is there.
 */
export function readSetting(
  environment: NodeJS.ProcessEnv,
  name: string,
  problems: string[],
): string | undefined {
  if (environment[name]) return environment[name];
  const file = environment[`${name}_FILE`];
  if (!file) return undefined;
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    problems.push(`${name}_FILE: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

/** As `readSetting`, of a variable that another setting names. @param why it is needed: added to the problem where it is not set. */
export function readNamedSecret(
  environment: NodeJS.ProcessEnv,
  name: string,
  problems: string[],
  why: string,
): string | undefined {
  const isThere = environment[name] || environment[`${name}_FILE`];
  if (!isThere) problems.push(`${name}: not set, and ${why}`);
  return readSetting(environment, name, problems);
}
