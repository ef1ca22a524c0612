import { redisKeys } from '@undertone/contracts/servers/redis-permissions';
import { expect, it } from 'vitest';
import * as insight from '../src/insight/cache-keys.js';
import * as jobs from '../src/jobs/cache-keys.js';
import * as listening from '../src/listening/cache-keys.js';

/** What a module of cache keys exports: names of groups, and functions that make them; fields within a group begin otherwise. */
const groupsOf = (module: object): string[] =>
  Object.values(module)
    .map((one: unknown) => (typeof one === 'function' ? String(one('*', '*')) : String(one)))
    .filter((key) => key.startsWith('v1:'));

it.each(Object.entries({ insight, jobs, listening }))(
  'whoever caches may write all groups of %s, and the gateway may read them',
  (_, module) => {
    const groups = groupsOf(module);
    expect(groups).not.toEqual([]);
    const written = Object.values(redisKeys).flatMap(({ writes }) => writes);
    expect(groups.filter((group) => !written.includes(group))).toEqual([]);
    expect(groups.filter((group) => !redisKeys.gateway.reads.includes(group))).toEqual([]);
  },
);
