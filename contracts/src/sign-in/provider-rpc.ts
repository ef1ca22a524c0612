import { z } from 'zod';
import { id } from '../id.js';
import { defineRpc } from '../rpc.js';
import { oneTimeCode } from './account.js';
import { linkedAccount, MOST_LINKS, ownPath, providerName } from './linked-account.js';
import { deviceName, grant } from './session.js';

/** What begins at another site: where the browser goes, and the secret that ties what comes back to this browser. */
const begun = z.object({ url: z.url(), attempt: z.string().length(43) });
export type BegunAtProvider = z.output<typeof begun>;

/** What the provider sent the browser back with; empty where it did not say. */
const returned = {
  code: z.string().max(4_096).optional(),
  state: z.string().max(200).optional(),
  iss: z.string().max(500).optional(),
  error: z.string().max(200).optional(),
};

export const startProviderSignIn = defineRpc({
  service: 'identity',
  question: 'start-provider-sign-in',
  access: 'public',
  isWrite: true,
  input: z.object({ provider: providerName, invitation: oneTimeCode.optional(), return_to: ownPath }),
  output: begun,
  // The provider may have to be asked where its pages are.
  timeoutMs: 8_000,
});

/** Of a sign-in and of a link alike: which of them it is was kept when it began. */
export const finishProviderSignIn = defineRpc({
  service: 'identity',
  question: 'finish-provider-sign-in',
  access: 'public',
  isWrite: true,
  input: z.object({
    provider: providerName,
    attempt: z.string().max(100),
    ...returned,
    device: deviceName,
    /** Of the browser that came back, where it shows one. */
    session_id: id.optional(),
  }),
  output: z.object({
    /** Null: an account was linked, and the session of whoever linked it goes on. */
    grant: grant.nullable(),
    return_to: ownPath,
  }),
  // Four questions to the provider at most, and one to the token service.
  timeoutMs: 22_000,
});

export const startLink = defineRpc({
  service: 'identity',
  question: 'start-link',
  access: { owner: 'user_id', by: 'fresh_session' },
  isWrite: true,
  input: z.object({ user_id: id, session_id: id, provider: providerName, return_to: ownPath }),
  output: begun,
  timeoutMs: 8_000,
});

export const listLinks = defineRpc({
  service: 'identity',
  question: 'list-links',
  access: { owner: 'user_id', by: 'session' },
  input: z.object({ user_id: id }),
  output: z.object({ links: z.array(linkedAccount).max(MOST_LINKS) }),
});

export const removeLink = defineRpc({
  service: 'identity',
  question: 'remove-link',
  access: { owner: 'user_id', by: 'fresh_session' },
  isWrite: true,
  input: z.object({ user_id: id, link_id: id }),
  output: linkedAccount,
});
