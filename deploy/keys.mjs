// Makes the passwords and keys of a compose installation at its first start; later starts change nothing.
// Each service has a folder of its own, and in compose a volume of its own: none can read another's password.
//
//   node deploy/keys.mjs /secrets [database host] [redis host]     REDIS_PREFIX is as the services have it
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { makeSeed, natsKeys, natsUsers, OPERATOR, redisUsers, SERVICES } from './access.mjs';

const [root = '/secrets', host = 'postgres:5432', redisHost = 'redis:6379'] = process.argv.slice(2);
const prefix = process.env.REDIS_PREFIX || 'undertone:';
/** `node` in the image, which every service runs as. */
const owner = 1000;

// In compose it is there: a volume for each folder in it. Made anew, it is for nobody else's eyes.
if (!existsSync(root)) mkdirSync(root, { recursive: true, mode: 0o700 });

/** Writes what `make` returns, unless the file is there already. Returns the path. */
function keep(folder, name, mode, make) {
  const path = join(root, folder, name);
  if (!existsSync(path)) {
    write(path, mode, make());
    console.log(`made ${folder}/${name}`);
  }
  return path;
}

function write(path, mode, text) {
  mkdirSync(dirname(path), { recursive: true });
  // What a kill left may belong to its reader already, and is made anew.
  rmSync(`${path}.new`, { force: true });
  // Written aside and renamed: a kill in between must not leave half a key that later starts would keep.
  writeFileSync(`${path}.new`, text);
  chmodSync(`${path}.new`, mode);
  // Without root (a try on a developer's machine) the files belong to whoever runs this, which is right there.
  if (process.getuid?.() === 0) chownSync(`${path}.new`, owner, owner);
  renameSync(`${path}.new`, path);
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

// For each service a user of NATS and one of Redis. What the servers are told of them is written at every start: a release may
// change who may do what.
const secretOf = (folder, name, make) => readFileSync(keep(folder, name, 0o400, make), 'utf8');
const seeds = Object.fromEntries(
  [...SERVICES, OPERATOR].map((name) => [name, secretOf(name, 'nats-nkey', makeSeed)]),
);
const redisUrl = (name) => secretOf(name, 'redis-url', () => `redis://${name}:${password()}@${redisHost}`);
const passwords = Object.fromEntries(SERVICES.map((name) => [name, new URL(redisUrl(name)).password]));
const redisAdmin = readFileSync(keep('redis', 'password', 0o444, password), 'utf8');
// These hold public keys and hashes, and the servers read them as user ids of their images' own.
write(join(root, 'nats', 'keys.conf'), 0o444, natsKeys(seeds));
write(join(root, 'nats', 'users.conf'), 0o444, natsUsers());
write(join(root, 'redis', 'users.acl'), 0o444, redisUsers({ prefix, admin: redisAdmin, passwords }));
// Whose keys they are: where the services' settings come from elsewhere, they get it from here.
write(join(root, 'redis', 'prefix'), 0o444, prefix);
