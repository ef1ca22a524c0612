import { anonymous, localOperator, type Principal } from '@undertone/contracts/access/principal';
import { ActionTaken } from '@undertone/contracts/audit/action-taken';
import { nobody } from '@undertone/contracts/id';
import type { RouteDefinition } from '@undertone/contracts/rest/route';
import { routes } from '@undertone/contracts/rest/routes';
import { newId } from '@undertone/platform/ids/ids';
import { pseudonymOf } from '@undertone/platform/ids/pseudonym';
import { fastify } from 'fastify';
import { describe, expect, it } from 'vitest';
import { authenticateRequests } from '../callers/authenticate.js';
import { auditRequests } from './uses.js';

interface Use {
  readonly asked?: unknown;
  readonly answered?: unknown;
  readonly status?: number;
  readonly caller?: Principal;
  readonly isAdmitted?: boolean;
}

/** What the audit has of a request to a route. */
async function used(definition: RouteDefinition, use: Use) {
  const { asked, answered, status = 200, caller = localOperator, isAdmitted = true } = use;
  const app = fastify();
  const recorded: ReturnType<typeof ActionTaken.schema.parse>[] = [];
  const record = async (_definition: unknown, data: unknown) => {
    recorded.push(ActionTaken.schema.parse(data));
  };
  auditRequests(app, { record } as never);
  authenticateRequests(app, async () => ({ caller }));
  app.get('/', { config: { definition } }, async (request, reply) => {
    Object.assign(request, { asked, answered, isAdmitted });
    return reply.code(status).send({});
  });
  await app.inject('/');
  await app.close();
  return recorded;
}

describe('a use of a route', () => {
  it('of an admin is told whatever came of it, with the names of what it was done to where it was done', async () => {
    const asked = { projection: 'insight-feedback', swap: 'never' };
    expect(await used(routes.startRebuild, { asked })).toMatchObject([
      { what: 'startRebuild', actor: nobody, by: 'open_mode', is_admin: true, targets: asked, status: 200 },
    ]);
    const [refused] = await used(routes.startRebuild, { asked: { projection: 'what I typed' }, status: 404 });
    expect(refused).toMatchObject({ targets: {}, status: 404 });
  });

  it('tells ids of the path and the answer, people by their pseudonyms, and no other text', async () => {
    const [userId, keyId] = [newId(), newId()];
    const caller: Principal = {
      ...{ who: { kind: 'user', user_id: userId }, roles: [], scopes: ['write'] },
      authenticated_by: 'session',
    };
    const answered = { key_id: keyId, user_id: userId, key: 'utk_secret', other_id: 'what I typed' };
    const asked = { name: 'what I typed', scopes: ['read'], expires_in_days: null };
    expect(await used(routes.createApiKey, { asked, answered, caller })).toEqual([
      {
        ...{ what: 'createApiKey', actor: pseudonymOf(userId), by: 'session', is_admin: false },
        subject: pseudonymOf(userId),
        targets: { scopes: ['read'], key_id: keyId },
        ...{ status: 200, at: expect.any(String) },
      },
    ]);
  });

  it('tells of up to ten which they are, and of more how many', async () => {
    const pseudonyms = Array.from({ length: 11 }, newId);
    const ofAll = await used(routes.eraseAgain, { asked: { pseudonyms, dry_run: false } });
    expect(ofAll).toMatchObject([{ targets: { pseudonyms: 11, dry_run: false } }]);
    const asked = { pseudonyms: pseudonyms.slice(1), dry_run: true };
    expect(await used(routes.eraseAgain, { asked })).toMatchObject([{ targets: asked }]);
  });

  it('does not tell what opens something', async () => {
    const asked = { code: 'x'.repeat(43) };
    expect(await used(routes.downloadExport, { asked, caller: anonymous })).toMatchObject([{ targets: {} }]);
  });

  it('that was not let in, or was not done and is no admin’s, is none', async () => {
    expect(await used(routes.listAudit, { isAdmitted: false })).toEqual([]);
    expect(await used(routes.listAudit, { status: 403 })).toEqual([]);
    expect(await used(routes.signIn, { status: 422, caller: anonymous })).toEqual([]);
    expect(await used(routes.listSnapshots, {})).toEqual([]);
  });
});
