import { writeFileSync } from 'node:fs';
import { lockFile, readFixtures, readLock } from './fixtures.ts';
import { sorted } from './sorted.ts';

const lock = readLock();
const fixtures = readFixtures();
const edited = fixtures.filter(({ path, sha256 }) => path in lock && lock[path] !== sha256);
if (edited.length > 0) {
  console.error(`released fixtures are never edited: ${edited.map(({ path }) => path).join(', ')}`);
  process.exit(1);
}
const added = fixtures.filter(({ path }) => !(path in lock));
const entries = Object.fromEntries(added.map(({ path, sha256 }) => [path, sha256]));
writeFileSync(lockFile, `${JSON.stringify(sorted({ ...lock, ...entries }), undefined, 2)}\n`);
for (const { path } of added) console.log(`locked ${path}`);
