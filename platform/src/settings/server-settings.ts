import { z } from 'zod';

/*
 * How a process reaches the three servers, and who it says that it is. Names and passwords are in the addresses; what is too
 * long for one has a setting of its own. Certificates and keys are PEM text, which `NAME_FILE` reads from a file.
 */

const natsServer = z.url({ protocol: /^(nats|tls)$/ });

/** The servers of a NATS cluster, separated by commas; each address is checked, and none repeated in a message. */
const natsUrl = z.string().transform((list, context) => {
  const servers = list.split(',').map((server) => server.trim());
  for (const [at, server] of servers.entries()) {
    if (natsServer.safeParse(server).success) continue;
    context.addIssue(`address ${at + 1} of ${servers.length} does not begin with nats:// or tls://`);
    return z.NEVER;
  }
  const users = servers.map((server) => new URL(server)).map((url) => `${url.username}:${url.password}`);
  // The client knows one user for all of them.
  if (new Set(users.filter((user) => user !== ':')).size > 1) {
    context.addIssue('its addresses name different users');
  }
  return servers.join(',');
});

/** Settings of a connection to NATS. */
export const natsSettings = {
  /** `nats://user:password@host:4222`, or `nats://token@…`; `tls://` asks for TLS. Several are separated by commas. */
  NATS_URL: natsUrl,
  /** The seed of an nkey. */
  NATS_NKEY: z
    .string()
    .regex(/^SU[A-Z2-7]+$/, 'is no seed of a user, which begins with SU')
    .optional(),
  /** What is in a `.creds` file. */
  NATS_CREDS: z.string().min(1).optional(),
  NATS_TOKEN: z.string().min(1).optional(),
  /**
   * Where this user's account has the JetStream API, if that is not `$JS.API`: in an installation's own NATS the streams are in
   * another account than a service.
   */
  NATS_API_PREFIX: z
    .string()
    .regex(/^[^\s.*>]+(\.[^\s.*>]+)*$/, 'is no prefix of a subject')
    .optional(),
  /** Who signed the server's certificate. With it TLS is asked for, whatever the address says. */
  NATS_CA: z.string().min(1).optional(),
  /** This client's own certificate, and its key. */
  NATS_CERT: z.string().min(1).optional(),
  NATS_KEY: z.string().min(1).optional(),
};

/** Settings of a connection to Redis. */
export const redisSettings = {
  /** `redis://user:password@host:6379`; `rediss://` asks for TLS. */
  REDIS_URL: z.url({ protocol: /^rediss?$/ }),
  /** Who signed the server's certificate. With it TLS is asked for, whatever the address says. */
  REDIS_CA: z.string().min(1).optional(),
  REDIS_CERT: z.string().min(1).optional(),
  REDIS_KEY: z.string().min(1).optional(),
};

/** What `sslmode` may say: no TLS, a certificate that nobody checks, or one that is checked and has to name the host. */
const sslModes = ['disable', 'no-verify', 'require', 'verify-full'];

/** Settings of a service with a schema of its own. */
export const databaseSettings = {
  /** `postgres://user:password@host:5432/database?sslmode=require`. */
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/ })
    .refine((address) => sslModes.includes(new URL(address).searchParams.get('sslmode') ?? 'disable'), {
      error: `its sslmode has to be one of ${sslModes.join(', ')}`,
      abort: true,
    }),
  /** Who signed the server's certificate. With it TLS is asked for, whatever the address says. */
  DATABASE_CA: z.string().min(1).optional(),
  DATABASE_CERT: z.string().min(1).optional(),
  DATABASE_KEY: z.string().min(1).optional(),
};

/** What a connection takes; whoever knows the address alone gives that. */
type Values<S extends z.ZodRawShape> = z.output<z.ZodObject<S>>;
export type NatsSettings = Values<typeof natsSettings>;
export type RedisSettings = Values<typeof redisSettings>;
export type DatabaseSettings = Values<typeof databaseSettings>;

/** What Node needs of TLS. */
export interface TlsOptions {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** Those of the three that are set. */
export const tlsOptions = (
  ca: string | undefined,
  cert: string | undefined,
  key: string | undefined,
): TlsOptions => ({ ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) });
