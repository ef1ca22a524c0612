import { z } from 'zod';
import { roles, scopes } from '../access/principal.js';
import { id } from '../id.js';

/** How long an access token is good for, in seconds. */
export const ACCESS_TOKEN_SECONDS = 15 * 60;
/** How far clocks of two machines may be apart, in seconds. */
export const CLOCK_TOLERANCE_SECONDS = 5;
/** The one algorithm that signs access tokens (RFC 8725, section 3.1). */
export const ACCESS_TOKEN_ALGORITHM = 'EdDSA';
/** RFC 9068, section 2.1. */
export const ACCESS_TOKEN_TYPE = 'at+jwt';
/** The `client_id` of tokens that were given to a person's own programs. */
export const OWN_CLIENT = 'undertone';

/** The `aud` of access tokens. @param publicUrl where people reach the installation; it is the `iss`, too. */
export const audienceOf = (publicUrl: string): string => `${publicUrl}/api`;

/** What an access token says beside what the JWT's own rules check (RFC 9068, section 2.2). */
export const accessTokenClaims = z.object({
  sub: id,
  /** The session that it belongs to. */
  sid: id,
  jti: id,
  client_id: z.literal(OWN_CLIENT),
  scope: z.string().transform((text) => scopes.parse(text.split(' '))),
  roles,
  /** Until when the sign-in is a fresh proof of who it is; tokens of earlier releases do not say. */
  fresh_until: z.int().optional(),
  exp: z.int(),
});

/** A public key that checks access tokens (RFC 8037). */
const signingKey = z.object({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.string(),
  kid: z.string(),
  use: z.literal('sig'),
  alg: z.literal(ACCESS_TOKEN_ALGORITHM),
});

/** A JWK set (RFC 7517). */
export const signingKeys = z
  .object({ keys: z.array(signingKey).max(20) })
  .meta({ id: 'SigningKeys', description: 'The keys that check access tokens, as a JWK set.' });
export type SigningKeys = z.output<typeof signingKeys>;
