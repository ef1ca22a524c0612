import { providerName } from '@undertone/contracts/sign-in/linked-account';
import { MOST_PROVIDERS } from '@undertone/contracts/sign-in/ways-in';
import { isLoopback } from '@undertone/platform/settings/loopback';
import { namedList } from '@undertone/platform/settings/named-list';
import { z } from 'zod';

/** What Spotify is called among the providers. */
export const SPOTIFY = 'spotify';

/** Over plain http somebody on the way could sign in as anybody. */
const issuer = z.url({ protocol: /^https?$/ }).refine((url) => {
  // What is no address at all is said so already.
  if (!URL.canParse(url)) return true;
  const { protocol, hostname } = new URL(url);
  return protocol === 'https:' || isLoopback(hostname);
}, 'has to begin with https://');

/** An OpenID provider that people sign in with: an entry of the setting `OIDC_PROVIDERS`. */
const providerDefinition = z.strictObject({
  /** Its name in this installation, and in the addresses that the provider has to know. */
  id: providerName.refine((name) => name !== SPOTIFY, 'is what Spotify itself is called'),
  /** What people are shown; absent: its `id`. */
  name: z.string().trim().min(1).max(100).optional(),
  /** As its `/.well-known/openid-configuration` says it, to the letter. */
  issuer,
  client_id: z.string().min(1),
  /** The environment variable that holds the client's secret; absent: a public client, which has none. */
  client_secret_env: z
    .string()
    .regex(/^OIDC_CLIENT_SECRET_[A-Z0-9_]+$/, 'begins with OIDC_CLIENT_SECRET_')
    .optional(),
  /** Separated by spaces. `profile` is for the name that a new person is shown with. */
  scope: z
    .string()
    .regex(/^openid( \S+)*$/, 'begins with openid')
    .default('openid profile'),
});
export type ProviderDefinition = z.output<typeof providerDefinition>;

/** JSON text: a list of providers, no two of one name. */
export const providerDefinitions = namedList(z.array(providerDefinition).max(MOST_PROVIDERS));
