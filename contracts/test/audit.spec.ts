import { isForAdmins } from '@undertone/contracts/access/access';
import { isAudited, type RouteDefinition } from '@undertone/contracts/rest/route';
import { routes } from '@undertone/contracts/rest/routes';
import { providerName } from '@undertone/contracts/sign-in/linked-account';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

const all = Object.values<RouteDefinition>(routes);

/** Tags of what decides about who may do what, and whose data are here. */
const aboutAccess: readonly string[] = ['sign-in', 'accounts', 'users', 'tokens', 'connections'];
/** Routes of these that are not in the audit, and why. */
const leftOut: Readonly<Record<string, string>> = {
  refreshSession: 'the session was begun before, which is in the audit',
  forgotPassword: 'anybody may ask for a code for anybody: identity records the codes that are sent',
  startPasskey: 'nothing is added yet',
  startPasskeySignIn: 'nobody is signed in yet',
  startSpotifySignIn: 'nobody is signed in yet',
  startInvitedSpotifySignIn: 'nobody is signed in yet',
  startOidcSignIn: 'nobody is signed in yet',
  startInvitedOidcSignIn: 'nobody is signed in yet',
  startLink: 'nothing is linked yet',
  changePreferences: 'it is about no access',
};

const writes = ({ method, success }: RouteDefinition): boolean => method !== 'GET' || success.status === 302;

describe('the audit', () => {
  it('is for each use of an admin’s route', () => {
    for (const route of all.filter(({ access }) => isForAdmins(access))) expect(isAudited(route)).toBe(true);
  });

  it('is for all that changes who may do what, or says why not', () => {
    const unsaid = all.filter(
      (route) => aboutAccess.includes(route.tag) && writes(route) && !isAudited(route),
    );
    expect(unsaid.map(({ id }) => id).sort()).toEqual(Object.keys(leftOut).sort());
  });

  it('is given words of closed lists, numbers and ids alone', () => {
    const open = all.flatMap(({ id, input, audit = [] }) =>
      audit.filter((field) => !isClosed(input.shape[field] as z.ZodType)).map((field) => `${id}: ${field}`),
    );
    expect(open).toEqual([]);
  });
});

const NAME = z.toJSONSchema(providerName).pattern;

/** Whether a value of the schema can be no text that somebody typed, where it was done. Names of providers stand in the settings. */
const isClosed = (schema: z.ZodType): boolean =>
  isClosedJson(z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any' }));

function isClosedJson(json: z.core.JSONSchema.BaseSchema): boolean {
  const { type, enum: words, const: word, items, format, anyOf, pattern } = json;
  if (type === 'array') return isClosedJson(items as z.core.JSONSchema.BaseSchema);
  if (anyOf) return anyOf.every((one) => isClosedJson(one as z.core.JSONSchema.BaseSchema));
  if (pattern === NAME) return true;
  return type !== 'string' || words !== undefined || word !== undefined || format === 'uuid';
}
