import { z } from 'zod';
import { refusedSettings } from './earlier-settings.js';
import { readSetting } from './read-setting.js';
import { natsSettings, redisSettings } from './server-settings.js';

/** A setting is missing or wrong; the message names every one of them. */
export class InvalidSettings extends Error {
  readonly code = 'INVALID_SETTINGS';
  constructor(service: string, problems: readonly string[]) {
    super(`${service} cannot start, settings are wrong:\n${problems.map((line) => `  ${line}`).join('\n')}`);
    this.name = 'InvalidSettings';
  }
}

/** Text from the environment that means yes or no. */
export const flag = z.enum(['true', 'false']).transform((value) => value === 'true');

/** Settings of every service. */
export const commonSettings = {
  NODE_ENV: z.enum(['development', 'test', 'production']).default('development'),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: z.coerce.number().int().min(0).max(65_535),
  ...natsSettings,
  ...redisSettings,
  /** Replicas of each stream: 1 for one server, 3 for a cluster. */
  STREAM_REPLICAS: z.coerce.number().int().min(1).max(5).default(1),
  /** Put before every Redis key, so that a server can be shared. It is in the patterns of Redis' users, too. */
  REDIS_PREFIX: z
    .string()
    .regex(/^[^\s*?[\]\\'"]+$/, 'has to be without spaces, quotes, and * ? [ ] \\')
    .default('undertone:'),
};

/**
 * Reads a service's settings from environment variables. An empty variable counts as absent; `NAME_FILE` names a
 * file that holds the value of `NAME`, as container secrets do. Settings of earlier versions that have no effect are refused.
 * @throws {InvalidSettings} naming each wrong setting.
 */
export function loadSettings<S extends z.ZodObject>(
  service: string,
  schema: S,
  environment: NodeJS.ProcessEnv,
): z.output<S> {
  const values: Record<string, string> = {};
  const names = Object.keys(schema.shape);
  const refused = refusedSettings(environment, names);
  const problems = [...refused].map(([name, why]) => `${name}: ${why}`);
  for (const name of names) {
    const value = readSetting(environment, name, problems);
    if (value !== undefined) values[name] = value;
  }
  const parsed = schema.safeParse(values);
  if (!parsed.success) {
    const others = parsed.error.issues.filter(({ path }) => !refused.has(String(path[0])));
    problems.push(...others.map((issue) => `${issue.path.join('.')}: ${issue.message}`));
  }
  if (problems.length > 0 || !parsed.success) throw new InvalidSettings(service, problems);
  return parsed.data;
}
