import { z } from 'zod';
import { id } from '../id.js';

/** How settings, paths and rows name a site that people sign in with: `spotify`, or the id of an entry of `OIDC_PROVIDERS`. */
export const providerName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'must be lower-case letters, digits and hyphens')
  .meta({ example: 'spotify' });

/** That one person may have at once. */
export const MOST_LINKS = 20;

/** How long a person may take at the provider, in seconds. */
export const PROVIDER_SIGN_IN_SECONDS = 10 * 60;

/**
 * Where a browser goes once it is signed in: a path of this installation. What a browser would take for another host, such as
 * `//host` and `/\host`, is none.
 */
export const ownPath = z
  .string()
  .max(500)
  .regex(/^\/[\x21-\x7e]*$/, 'must begin with / and have no spaces')
  .refine((path) => isOwn(path), 'must be a path of this installation')
  .meta({ example: '/' });

const isOwn = (path: string): boolean => {
  const base = 'http://own.invalid';
  return !path.includes('\\') && URL.canParse(path, base) && new URL(path, base).origin === base;
};

/** An account at another site that its owner signs in here with. Which one it is there is not shown. */
export const linkedAccount = z
  .object({
    link_id: id,
    provider: providerName,
    linked_at: z.iso.datetime(),
  })
  .meta({ id: 'LinkedAccount' });
export type LinkedAccount = z.output<typeof linkedAccount>;
