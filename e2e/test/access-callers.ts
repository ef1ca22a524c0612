import { call } from '@undertone/contracts/client/call';
import { JobRequested } from '@undertone/contracts/jobs/job';
import { jobAggregate } from '@undertone/contracts/subjects';
import { FieldEncryption } from '@undertone/platform/crypto/field-encryption';
import type { EventStore } from '@undertone/platform/event-store/event-store';
import { newId } from '@undertone/platform/ids/ids';
import { connectAs } from '@undertone/platform/test-kit/own-database';
import { decodeJwt, decodeProtectedHeader, generateKeyPair, importJWK, SignJWT, UnsecuredJWT } from 'jose';
import type { Stack } from '../stack/stack.js';

export const PASSWORD = 'copper lantern waltz 7';

/** A person who signed in, and what they signed in with. */
export interface SignedIn {
  readonly user_id: string;
  readonly email: string;
  readonly session_id: string;
  readonly access_token: string;
  readonly refresh_token: string;
}

/**
 * Gives a person of the open installation a way to sign in, as an operator does it, and signs them in.
 * @param open the installation without sign-in. @param url the same with it.
 */
export async function claim(open: string, url: string, user_id: string): Promise<SignedIn> {
  const email = `${user_id}@example.org`;
  const { code } = await call({ url: open }, 'createPasswordCode', { user_id });
  await call({ url }, 'setPassword', { code, email, password: PASSWORD });
  return signInAgain(url, email);
}

export async function signInAgain(url: string, email: string): Promise<SignedIn> {
  const {
    access_token = '',
    refresh_token = '',
    ...session
  } = await call({ url }, 'signIn', {
    email,
    password: PASSWORD,
  });
  return { ...session, email, access_token, refresh_token };
}

/** The token of a session that began an hour ago and was refreshed now. */
export async function signedInLongAgo(
  stack: Stack,
  url: string,
  { session_id, refresh_token }: SignedIn,
): Promise<string> {
  const orm = await connectAs(stack.infrastructure, 'identity');
  await orm.em.execute(`update session set created_at = created_at - interval '1 hour' where id = ?`, [
    session_id,
  ]);
  await orm.close();
  return (await call({ url }, 'refreshSession', { refresh_token })).access_token ?? '';
}

/** The link of a person to an account of the simulator; made as a browser does where there is none. */
export async function linkToSpotify(url: string, { access_token }: SignedIn, user: string): Promise<string> {
  const headers = { authorization: `Bearer ${access_token}` };
  const [known] = await call({ url, headers }, 'listLinks', {});
  if (known) return known.link_id;
  const begun = await fetch(`${url}/api/auth/links`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ provider: 'spotify' }),
  });
  const page = (await begun.json()) as { url: string };
  const atSpotify = await fetch(`${page.url}&user=${user}`, { redirect: 'manual' });
  const { pathname, search } = new URL(atSpotify.headers.get('location') ?? '');
  const [cookie = ''] = begun.headers.getSetCookie().map((one) => one.split(';')[0] ?? '');
  await fetch(`${url}${pathname}${search}`, { redirect: 'manual', headers: { cookie } });
  const [link] = await call({ url, headers }, 'listLinks', {});
  return link?.link_id ?? '';
}

/** A key of somebody who is signed in. */
export async function keyOf(
  url: string,
  { access_token }: SignedIn,
  scopes: ('read' | 'write' | 'admin')[],
): Promise<string> {
  const api = { url, headers: { authorization: `Bearer ${access_token}` } };
  return (await call(api, 'createApiKey', { name: scopes.join(' '), scopes })).key;
}

/** Tokens that look like a good one and are not, each in one respect. */
export async function brokenTokens(
  stack: Stack,
  encryptionKey: string,
  { access_token }: SignedIn,
): Promise<
  Record<
    'expired' | 'forged' | 'otherAlgorithm' | 'algNone' | 'wrongAudience' | 'wrongIssuer' | 'wrongType',
    string
  >
> {
  const { alg = '', kid = '', typ = '' } = decodeProtectedHeader(access_token);
  const { aud, iss, iat, exp, ...claims } = decodeJwt(access_token);
  const orm = await connectAs(stack.infrastructure, 'identity');
  const rows = await orm.em.execute<{ private_key: string }[]>(
    'select private_key from signing_key where kid = ?',
    [kid],
  );
  await orm.close();
  const sealed = rows[0]?.private_key ?? '';
  const encryption = new FieldEncryption(encryptionKey);
  const jwk = JSON.parse(encryption.decrypt(sealed, `identity.signing_key/${kid}/private_key`));
  const ownKey = await importJWK(jwk, alg);
  const { privateKey: otherKey } = await generateKeyPair('EdDSA');
  const token = (changed: { header?: object; claims?: object; key?: typeof ownKey }) =>
    new SignJWT({ ...claims, aud, iss, iat, exp, jti: newId(), ...changed.claims } as never)
      .setProtectedHeader({ alg, kid, typ, ...changed.header })
      .sign(changed.key ?? ownKey);
  return {
    expired: await token({ claims: { iat: Number(iat) - 1_000, exp: Number(iat) - 100 } }),
    // By another key under the name of ours, and by our public one as if it was a shared secret.
    forged: await token({ key: otherKey }),
    otherAlgorithm: await token({ key: Buffer.from(jwk.x, 'base64url'), header: { alg: 'HS256' } }),
    algNone: new UnsecuredJWT({ ...claims, aud, iss, iat, exp } as never).encode(),
    wrongAudience: await token({ claims: { aud: 'https://elsewhere.example.org/api' } }),
    wrongIssuer: await token({ claims: { iss: 'https://elsewhere.example.org' } }),
    wrongType: await token({ header: { typ: 'JWT' } }),
  };
}

/** Every route of a task has an answer of it, and nobody works on it: it may be cancelled again, and asked for again. */
export async function cancelledTask(store: EventStore, url: string, user_id: string): Promise<string> {
  const task_id = newId();
  const [queue, lane] = ['unattended', 'bulk'];
  const data = { job_id: task_id, job_type: 'ingest-listening-data', user_id, queue, lane, payload: {} };
  const event = { definition: JobRequested, id: task_id, source: 'test', time: new Date(), data };
  await store.append(jobAggregate(queue, lane, task_id), event, 0);
  await call({ url }, 'cancelTask', { task_id });
  return task_id;
}
