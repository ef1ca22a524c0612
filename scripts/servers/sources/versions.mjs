/**
 * The versions this project needs, and why.
 *
 * - Postgres 18: `uuidv7()` and what the migrations use.
 * - Redis 7: the commands the cache uses.
 * - NATS 2.14: schedules of cron form, kept by the server.
 */
export const MINIMUM = { postgres: '18', redis: '7.0', nats: '2.14' };

/**
 * The first version number in a text, such as the answer to `--version`.
 *
 * @param {string} text
 */
export function versionIn(text) {
  return /\d+(?:\.\d+)+|\d+(?=\D*$)/.exec(text)?.[0];
}

/**
 * Whether a version is at least another, number by number.
 *
 * @param {string} version
 * @param {string} minimum
 */
export function isAtLeast(version, minimum) {
  const have = version.split('.').map(Number);
  const need = minimum.split('.').map(Number);
  for (let part = 0; part < need.length; part++) {
    const difference = (have[part] ?? 0) - (need[part] ?? 0);
    if (difference !== 0) {
      return difference > 0;
    }
  }
  return true;
}
