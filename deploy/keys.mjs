// Makes the passwords and keys of a compose installation at its first start; later starts change nothing.
// Each service has a folder of its own, and in compose a volume of its own: none can read another's password.
//
//   node deploy/keys.mjs /secrets [database host]
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

const [root = '/secrets', host = 'postgres:5432'] = process.argv.slice(2);
/** `node` in the image, which every service runs as. */
const owner = 1000;

/** Writes what `make` returns, unless the file is there already. Returns the path. */
function keep(folder, name, mode, make) {
  const path = join(root, folder, name);
  if (existsSync(path)) return path;
  mkdirSync(join(root, folder), { recursive: true });
  // Written aside and renamed: a kill in between must not leave half a key that later starts would keep.
  writeFileSync(`${path}.new`, make());
  chmodSync(`${path}.new`, mode);
  // Without root (a try on a developer's machine) the files belong to whoever runs this, which is right there.
  if (process.getuid?.() === 0) chownSync(`${path}.new`, owner, owner);
  renameSync(`${path}.new`, path);
  console.log(`made ${folder}/${name}`);
  return path;
}

// Hexadecimal: nothing in it needs escaping in a URL or a shell.
const password = () => randomBytes(24).toString('hex');
const url = (user, secret) => `postgres://${user}:${secret}@${host}/undertone`;

// Readable by all: Postgres reads its password as a user id of its image's own. The volume is mounted there and in
// `provision` alone.
const admin = keep('postgres', 'password', 0o444, password);
keep('postgres', 'admin-url', 0o400, () => url('postgres', readFileSync(admin, 'utf8')));

for (const service of ['identity', 'token', 'ingestion', 'insight', 'scheduler']) {
  keep(service, 'database-url', 0o400, () => url(`undertone_${service}`, password()));
}
for (const service of ['identity', 'token']) {
  keep(service, 'field-encryption-key', 0o400, () => randomBytes(32).toString('base64'));
}
