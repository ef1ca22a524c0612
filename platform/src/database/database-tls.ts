import { type DatabaseSettings, type TlsOptions, tlsOptions } from '../settings/server-settings.js';

/** What the driver is told of TLS: the ORM takes an address apart, and leaves its `sslmode` out. */
export function databaseTls(server: DatabaseSettings): {
  ssl?: TlsOptions & { rejectUnauthorized?: false };
} {
  const { DATABASE_URL, DATABASE_CA, DATABASE_CERT, DATABASE_KEY } = server;
  const mode = new URL(DATABASE_URL).searchParams.get('sslmode') ?? (DATABASE_CA ? 'verify-full' : 'disable');
  if (mode === 'disable') return {};
  return {
    ssl: {
      ...tlsOptions(DATABASE_CA, DATABASE_CERT, DATABASE_KEY),
      ...(mode === 'no-verify' && { rejectUnauthorized: false }),
    },
  };
}
