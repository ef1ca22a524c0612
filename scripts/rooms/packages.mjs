import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The folders whose rooms are looked at: what the product and its scripts are made of.
 *
 * @param {string} root the clone's root
 * @returns {string[]}
 */
export const packagesWithRooms = (root) => [
  'contracts',
  'platform',
  ...readdirSync(join(root, 'services'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `services/${name}`),
  'scripts',
];
