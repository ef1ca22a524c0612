import { anonymous } from '@undertone/contracts/access/principal';
import { ActionTaken } from '@undertone/contracts/audit/action-taken';
import type { AuditQuery, AuditRecord } from '@undertone/contracts/audit/audit';
import { RequestsDenied } from '@undertone/contracts/audit/requests-denied';
import { listAudit } from '@undertone/contracts/audit/rpc';
import { nobody } from '@undertone/contracts/id';
import { clearRebuild, listRebuilds, startRebuild } from '@undertone/contracts/rebuild';
import {
  changeRoles,
  createApiKey,
  createInvitation,
  createPasswordCode,
  revokeApiKey,
} from '@undertone/contracts/sign-in/rpc';
import { auditAggregate } from '@undertone/contracts/subjects';
import { newId } from '@undertone/platform/ids/ids';
import { pseudonymOf } from '@undertone/platform/ids/pseudonym';
import { rebuild } from '@undertone/platform/projections/rebuild-command';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { forgetMessageIds } from '@undertone/platform/test-kit/forget-message-ids';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ForgetAudit } from '../src/audit/forget-audit.js';
import { rebuildable } from '../src/rebuild.js';
import { admin, code, People, session } from './people.js';
import { type RunningIdentity, runIdentity } from './running-identity.js';

const DAY_MS = 24 * 60 * 60 * 1000;
const [ada, gone] = [newId(), newId()];
let identity: RunningIdentity;
let people: People;
beforeAll(async () => {
  identity = await runIdentity();
  people = new People(identity);
});
afterAll(() => identity.stop());

/** As the gateway does. */
async function act(
  more: Partial<ReturnType<typeof ActionTaken.schema.parse>>,
  id = newId(),
): Promise<string> {
  const at = more.at ?? new Date().toISOString();
  const data = {
    what: 'listKeys',
    actor: nobody,
    by: 'session' as const,
    is_admin: true,
    targets: {},
    at,
    ...more,
  };
  const event = { definition: ActionTaken, data, id, source: 'gateway', time: new Date(at) };
  await identity.store.append(auditAggregate(data.actor), event);
  return id;
}

const list = (query: Partial<AuditQuery> = {}) => identity.ask(listAudit, { limit: 200, ...query }, admin);

/** What the list says once it has these. */
const listed = (ids: readonly string[], query: Partial<AuditQuery> = {}): Promise<AuditRecord[]> =>
  eventually('the audit has it', async () => {
    const { items } = await list(query);
    const found = items.filter(({ id }) => ids.includes(id));
    return found.length === ids.length && found;
  });

describe('the audit', () => {
  it('is read newest first, page by page, by whom, about whom, what and when', async () => {
    const { user_id } = await people.join();
    const [actor, subject] = [pseudonymOf(user_id), pseudonymOf(ada)];
    const first = await act({ actor, what: 'createApiKey', at: '2026-10-01T10:00:00.000Z', is_admin: false });
    const second = await act({
      actor,
      subject,
      status: 409,
      code: 'LAST_ADMIN',
      targets: { roles: ['admin'] },
    });
    const third = await act({ subject: actor });
    const [newest, middle, oldest] = await listed([third, second, first]);
    expect([newest?.id, middle?.id, oldest?.id]).toEqual([third, second, first]);
    expect(newest).toMatchObject({ actor: null, subject: actor, subject_user_id: user_id, code: null });
    // A person whom nobody knows here any more.
    expect(middle).toMatchObject({
      actor_user_id: user_id,
      subject,
      subject_user_id: null,
      targets: { roles: ['admin'] },
      status: 409,
      code: 'LAST_ADMIN',
      denied: null,
    });
    const idsOf = async (query: Partial<AuditQuery>) => (await list(query)).items.map(({ id }) => id);
    expect(await idsOf({ actor: user_id })).toEqual([second, first]);
    expect(await idsOf({ actor: user_id, what: 'createApiKey' })).toEqual([first]);
    expect(await idsOf({ subject: user_id })).toContain(third);
    // By the id of a person who is gone.
    expect(await idsOf({ subject: ada })).toEqual([second]);
    expect(await idsOf({ subject: pseudonymOf(ada) })).toEqual([second]);
    expect(await idsOf({ actor: nobody })).toContain(third);
    expect(await idsOf({ actor: user_id, until: '2026-10-02T00:00:00.000Z' })).toEqual([first]);
    expect(await idsOf({ actor: user_id, since: '2026-10-02T00:00:00.000Z' })).toEqual([second]);
    const page = await list({ actor: user_id, limit: 1 });
    expect(page.items).toMatchObject([{ id: second }]);
    const next = await list({ actor: user_id, limit: 1, cursor: page.next ?? '' });
    expect(next).toMatchObject({ items: [{ id: first }], next: null });
    await expect(list({ actor: gone, limit: 1, cursor: page.next ?? '' })).rejects.toEqual(
      code('BAD_CURSOR'),
    );
  });

  it('says what was denied to whom within a minute', async () => {
    const { user_id } = await people.join();
    const actor = pseudonymOf(user_id);
    const denials = [{ what: 'listAudit', code: 'FORBIDDEN', times: 7 }];
    const [since, until] = ['2026-11-30T10:00:00.000Z', '2026-11-30T10:01:00.000Z'];
    const data = { actor, by: 'session' as const, callers: 1, since, until, denials };
    const id = newId();
    const event = { definition: RequestsDenied, data, id, source: 'gateway', time: new Date() };
    await identity.store.append(auditAggregate(actor), event);
    const [record] = await listed([id], { what: 'requests-denied' });
    expect(record).toMatchObject({
      actor_user_id: user_id,
      at: since,
      denied: { callers: 1, until, denials, origin: null },
    });
  });

  it('has a row once of an event that was written twice', async () => {
    const [id, last] = [newId(), newId()];
    await act({}, id);
    await forgetMessageIds(
      identity.store,
      'AUDIT',
      (await identity.store.readFiltered('AUDIT', 'audit.>')).at(-1),
    );
    await act({}, id);
    await act({}, last);
    expect(await listed([id, last])).toHaveLength(2);
  });

  it('is read by many at once who are the first to ask for people', async () => {
    const { user_id } = await people.join();
    const id = await act({ actor: pseudonymOf(user_id) });
    await listed([id]);
    const copy = `insert into registered_user (id, display_name, created_at, updated_at)
       select gen_random_uuid(), display_name, now(), now() from registered_user, generate_series(1, 3000) where id = ?`;
    await identity.orm.em.execute(copy, [user_id]);
    await identity.orm.em.execute('update registered_user set pseudonym = null');
    const pages = await Promise.all(Array.from({ length: 8 }, () => list({ actor: user_id })));
    for (const { items } of pages) expect(items).toMatchObject([{ actor_user_id: user_id }]);
  });

  it('is for admins alone', async () => {
    const { user_id } = await people.join();
    const asked = identity.ask(listAudit, { limit: 1 }, session(user_id));
    await expect(asked).rejects.toEqual(code('FORBIDDEN'));
    await expect(identity.ask(listAudit, { limit: 1 }, anonymous)).rejects.toEqual(code('UNAUTHENTICATED'));
  });
});

describe('what identity does without a request of its own', () => {
  const recorded = (what: string) =>
    eventually(`${what} is in the audit`, async () => {
      const { items } = await list({ what });
      return items.length > 0 && items;
    });

  it('is in the audit: who became an admin by an invitation', async () => {
    const { user_id } = await people.join({ admin: true });
    await identity.restart();
    const items = await recorded('admin-registered');
    expect(items.filter(({ subject_user_id }) => subject_user_id === user_id)).toMatchObject([
      { actor: null, by: 'anonymous', is_admin: false, status: null },
    ]);
  });

  it('is in the audit, whatever becomes of the gateway: roles, keys, invitations and codes, where they were made', async () => {
    const { user_id } = await people.join({ admin: true });
    const { user_id: other } = await people.join();
    const by = session(user_id, { roles: ['admin'], scopes: ['read', 'write', 'admin'] });
    await identity.ask(changeRoles, { user_id: other, roles: ['admin'] }, by);
    // It is one already.
    await identity.ask(changeRoles, { user_id: other, roles: ['admin'] }, by);
    await identity.ask(createInvitation, { admin: true }, by);
    await identity.ask(createPasswordCode, { user_id: other }, by);
    const key = { user_id, name: 'home', scopes: ['admin' as const], expires_in_days: 1 };
    const { key_id } = await identity.ask(createApiKey, key, by);
    await identity.ask(revokeApiKey, { user_id, key_id }, by);
    await expect(identity.ask(revokeApiKey, { user_id, key_id }, by)).rejects.toEqual(code('KEY_NOT_FOUND'));
    await identity.restart();
    const entries = await eventually('all of it is there', async () => {
      const { items } = await list({ actor: user_id });
      return items.length >= 5 && items.reverse();
    });
    const entry = { by: 'session', is_admin: true, actor_user_id: user_id, status: null };
    expect(entries).toMatchObject([
      { ...entry, what: 'roles-changed', subject_user_id: other, targets: { roles: ['admin'] } },
      { ...entry, what: 'invitation-made', subject: null, targets: { admin: true } },
      { ...entry, what: 'password-code-made', subject_user_id: other, targets: {} },
      { ...entry, what: 'key-made', targets: { key_id, scopes: ['admin'] } },
      { ...entry, what: 'key-ended', targets: { key_id } },
    ]);
  });

  it('is there when the log was away, once, and not where it was not done', async () => {
    const { user_id, email } = await people.join();
    const { refresh_token } = await people.enter(email);
    for (let next = refresh_token, n = 0; n < 3; n += 1) {
      ({ refresh_token: next } = await people.refresh(next));
      await identity.orm.em.execute(
        "update session set rotated_at = rotated_at - interval '1 hour' where user_id = ?",
        [user_id],
      );
    }
    await expect(people.refresh(refresh_token)).rejects.toEqual(code('SESSION_ENDED'));
    const due = await identity.orm.em.execute<{ id: string }[]>(
      "select id from audit_due where action ->> 'what' = 'shared-session-ended'",
    );
    expect(due).toHaveLength(1);
    // A process that dies after it appended, and before it knew.
    const [row] = await identity.orm.em.execute('select * from audit_due where id = ?', [due[0]?.id]);
    await identity.restart();
    await recorded('shared-session-ended');
    await identity.orm.em.execute('insert into audit_due (id, action) values (?, ?)', [
      row?.id,
      JSON.stringify(row?.action),
    ]);
    await identity.restart();
    await eventually('nothing is due', async () => {
      const [left] = await identity.orm.em.execute('select count(*)::int as count from audit_due');
      return left?.count === 0;
    });
    expect(await recorded('shared-session-ended')).toMatchObject([
      { subject_user_id: user_id, by: 'service' },
    ]);
  });
});

describe('the read model of the audit', () => {
  it('is built again from the log, to the same rows', async () => {
    const rows = () => identity.orm.em.fork().execute('select * from audit_record order by sequence');
    const before = await rows();
    expect(before.length).toBeGreaterThan(5);
    await identity.orm.em.execute('drop table audit_record');
    await identity.stopService();
    await rebuild(rebuildable, ['audit-trail'], identity.environment);
    await identity.start();
    await eventually('all rows are back', async () => (await rows()).length === before.length);
    expect(await rows()).toEqual(before);
  });

  it('is built again beside itself, while it is read', async () => {
    const projection = 'identity-audit-trail';
    await identity.ask(startRebuild('identity'), { projection, swap: 'when_equal' }, admin);
    const state = await eventually('it is over', async () => {
      const { rebuilds } = await identity.ask(listRebuilds('identity'), {}, admin);
      return rebuilds.find(({ status }) => !['building', 'equal'].includes(status));
    });
    expect(state).toMatchObject({ projection, status: 'swapped', error: null });
    await identity.ask(clearRebuild('identity'), { projection }, admin);
  });

  it('drops what the log drops', async () => {
    const old = await act({ at: new Date(Date.now() - 40 * DAY_MS).toISOString() });
    const recent = await act({});
    await listed([recent, old]);
    const forget = identity.service.get<ForgetAudit>(ForgetAudit);
    expect(await forget.forget(new Date())).toBeGreaterThanOrEqual(0);
    await listed([recent, old]);
    await identity.store.manager.streams.update('AUDIT', { max_age: 30 * DAY_MS * 1_000_000 });
    expect(await forget.forget(new Date())).toBeGreaterThan(0);
    const { items } = await list();
    expect(items.map(({ id }) => id)).toContain(recent);
    expect(items.map(({ id }) => id)).not.toContain(old);
  });
});
