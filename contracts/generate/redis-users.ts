import { redisRules } from '@undertone/contracts/servers/redis-permissions';
import { clients } from '@undertone/contracts/servers/who-does-what';

/**
 * The users of Redis, one for each service. Redis' files of users know neither comments nor variables, so this is a form: the
 * prefix of the keys and the hash of each password are filled in at the start.
 */
export const redisUsers = (): string =>
  clients
    .map((name) => `user ${name} ${redisRules(name, '{{PREFIX}}').join(' ')} #{{${name.toUpperCase()}}}\n`)
    .join('');
