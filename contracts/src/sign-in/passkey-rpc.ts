import { z } from 'zod';
import { id } from '../id.js';
import { defineRpc } from '../rpc.js';
import {
  MOST_PASSKEYS,
  newPasskeyResponse,
  passkey,
  passkeyName,
  passkeyOptions,
  passkeyResponse,
} from './passkey.js';
import { deviceName, grant } from './session.js';

const own = { owner: 'user_id', by: 'session' } as const;
const freshOwn = { owner: 'user_id', by: 'fresh_session' } as const;

export const startPasskey = defineRpc({
  service: 'identity',
  question: 'start-passkey',
  access: freshOwn,
  isWrite: true,
  input: z.object({ user_id: id }),
  output: passkeyOptions,
});

export const addPasskey = defineRpc({
  service: 'identity',
  question: 'add-passkey',
  access: freshOwn,
  isWrite: true,
  input: z.object({ user_id: id, name: passkeyName, response: newPasskeyResponse }),
  output: passkey,
});

export const listPasskeys = defineRpc({
  service: 'identity',
  question: 'list-passkeys',
  access: own,
  input: z.object({ user_id: id }),
  output: z.object({ passkeys: z.array(passkey).max(MOST_PASSKEYS) }),
});

export const removePasskey = defineRpc({
  service: 'identity',
  question: 'remove-passkey',
  access: freshOwn,
  isWrite: true,
  input: z.object({ user_id: id, passkey_id: id }),
  output: passkey,
});

export const startPasskeySignIn = defineRpc({
  service: 'identity',
  question: 'start-passkey-sign-in',
  access: 'public',
  isWrite: true,
  input: z.object({}),
  output: passkeyOptions,
});

export const signInByPasskey = defineRpc({
  service: 'identity',
  question: 'sign-in-by-passkey',
  access: 'public',
  isWrite: true,
  input: z.object({ response: passkeyResponse, device: deviceName }),
  output: grant,
});
