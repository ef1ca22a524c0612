import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EntityManager } from '@mikro-orm/postgresql';
import { anonymous } from '@undertone/contracts/access/principal';
import { listUsers, registerUser, userExists } from '@undertone/contracts/identity/rpc';
import {
  beginErasure,
  eraseAgain,
  erasureQuestions,
  getErasure,
  listErasures,
} from '@undertone/contracts/personal-data/erasure';
import {
  changePassword,
  changeRoles,
  createApiKey,
  createInvitation,
  createPasswordCode,
  getApiKey,
  listAccounts,
  listCodes,
  listRevoked,
} from '@undertone/contracts/sign-in/rpc';
import { pseudonymOf } from '@undertone/platform/ids/pseudonym';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { TcpProxy } from '@undertone/platform/test-kit/tcp-proxy';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashOf } from '../src/secrets/random-secret.js';
import { heldUp, lockUser } from './held.js';
import { OtherServices } from './other-services.js';
import { admin, code, PASSWORD, People, session } from './people.js';
import { type RunningIdentity, runIdentity } from './running-identity.js';

let identity: RunningIdentity;
let people: People;
let folder: string;
let list: string;
let others: OtherServices;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'undertone-erasures-'));
  list = join(folder, 'erasures.jsonl');
  identity = await runIdentity([], { ERASURE_SETTLE_SECONDS: '1', ERASURE_LIST: list });
  people = new People(identity);
  others = new OtherServices(identity);
  await others.play();
});
afterAll(async () => {
  await identity.stop();
  await rm(folder, { recursive: true, force: true });
});

const begin = (user_id: string) => identity.ask(beginErasure, { user_id }, session(user_id));
const receipt = (receipt_code: string) => identity.ask(getErasure, { receipt_code }, anonymous);
const done = (receipt_code: string) =>
  eventually('the erasure is done', async () => {
    const now = await receipt(receipt_code);
    return now.status === 'done' && now;
  });

/** As a backup has it that was made after its job was requested. */
const isAgainUnderWay = (user_id: string) =>
  identity.orm.em.execute(
    'update identity.erasure set user_id = ?, done_at = null, passed_at = null where pseudonym = ?',
    [user_id, pseudonymOf(user_id)],
  );

/** Everything in the service's tables and events, as text. */
async function everything(): Promise<string> {
  const tables: { name: string }[] = await identity.orm.em.execute(
    `select table_name as name from information_schema.tables where table_schema = 'identity'`,
  );
  const rows = await Promise.all(
    tables.map(({ name }) =>
      identity.orm.em.execute(`select row_to_json(t)::text as row from identity."${name}" t`),
    ),
  );
  return JSON.stringify([rows, await identity.events()]);
}

describe('an erasure', () => {
  it('removes the account at once, and the rest in every service, until nothing is found any more', async () => {
    const ada = await people.join();
    const granted = await people.enter(ada.email);
    const key = await identity.ask(
      createApiKey,
      { user_id: ada.user_id, name: 'my script', scopes: ['read'], expires_in_days: null },
      session(ada.user_id),
    );
    others.pieces = [
      { removed: [{ service: 'scheduler', store: 'table background_job', removed: 3 }], left: true },
      { removed: [{ service: 'scheduler', store: 'table background_job', removed: 2 }], left: false },
      {
        removed: [],
        left: false,
        allowed_elsewhere: [{ provider: 'spotify', revoke_at: 'https://www.spotify.com/account/apps/' }],
      },
    ];
    const { receipt_code, task_id } = await begin(ada.user_id);

    expect(await identity.ask(userExists, { user_id: ada.user_id })).toMatchObject({ exists: false });
    expect((await identity.ask(listUsers, { limit: 100 })).user_ids).not.toContain(ada.user_id);
    await expect(people.enter(ada.email)).rejects.toEqual(code('SIGN_IN_FAILED'));
    await expect(people.refresh(granted.refresh_token)).rejects.toEqual(code('SESSION_ENDED'));
    expect(await identity.ask(getApiKey, { hash: hashOf(key.key) })).toEqual({ key: null });
    const ids = [granted.session_id, key.key_id];
    expect((await identity.ask(listRevoked, { ids })).revoked.sort()).toEqual(ids.sort());

    const ended = await done(receipt_code);
    expect(ended).toMatchObject({
      pseudonym: pseudonymOf(ada.user_id),
      allowed_elsewhere: [{ provider: 'spotify', revoke_at: 'https://www.spotify.com/account/apps/' }],
    });
    expect(ended.removed).toEqual(
      expect.arrayContaining([
        { service: 'scheduler', store: 'table background_job', removed: 5 },
        { service: 'identity', store: 'table registered_user', removed: 1 },
        { service: 'identity', store: 'table session', removed: 1 },
        { service: 'identity', store: 'table api_key', removed: 1 },
        { service: 'identity', store: 'stream IDENTITY', removed: 1 },
      ]),
    );
    expect(await everything()).not.toContain(ada.user_id);
    expect(await everything()).not.toContain('my script');
    const audited = await identity.store.readFiltered('AUDIT', 'audit.>');
    expect(audited.at(-1)?.data).toMatchObject({
      what: 'person-erased',
      subject: pseudonymOf(ada.user_id),
      targets: { task_id },
    });
    const task = await identity.store.last('JOBS', `jobs.people.interactive.${task_id}.>`);
    expect(task?.data).toMatchObject({ result: { removed: expect.any(Number) } });
    expect(await readFile(list, 'utf8')).toContain(
      `{"pseudonym":"${pseudonymOf(ada.user_id)}","erased_at":"`,
    );
    const [newest] = (await identity.ask(listErasures, { limit: 1 }, admin)).items;
    expect(newest).toMatchObject({ pseudonym: pseudonymOf(ada.user_id), erased_at: ended.done_at });
  });

  it('looks again when something was found, however late it was written', async () => {
    const ben = await people.join();
    // The first pass asks every service once.
    others.pieces = erasureQuestions.map(() => ({ removed: [], left: false }));
    others.pieces.push({
      removed: [{ service: 'insight', store: 'table generated_insight', removed: 1 }],
      left: false,
    });
    others.asked.length = 0;
    const { receipt_code } = await begin(ben.user_id);
    const { removed } = await done(receipt_code);
    expect(removed).toContainEqual({ service: 'insight', store: 'table generated_insight', removed: 1 });
    expect(others.asked.filter((one) => one.startsWith('insight'))).toHaveLength(3);
  });

  it('is one while it runs, and shows its receipt to whoever has the newest code alone', async () => {
    const cem = await people.join();
    const [one, other] = [await begin(cem.user_id), await begin(cem.user_id)];
    expect(one.task_id).toBe(other.task_id);
    await expect(receipt(one.receipt_code)).rejects.toEqual(code('ERASURE_NOT_FOUND'));
    await expect(receipt('x'.repeat(43))).rejects.toEqual(code('ERASURE_NOT_FOUND'));
    await done(other.receipt_code);
    await expect(begin(cem.user_id)).rejects.toEqual(code('USER_NOT_FOUND'));
  });

  it('leaves others alone, and lets the person register anew as somebody else', async () => {
    const [dot, eve] = [await people.join(), await people.join()];
    const [first, still] = [await begin(dot.user_id), await people.enter(eve.email)];
    const { code: invitation } = await identity.ask(createInvitation, { admin: false }, admin);
    const person = { display_name: 'Dot', email: dot.email, password: PASSWORD, invitation };
    const again = await identity.ask(registerUser, person, anonymous);
    expect(again.user_id).not.toBe(dot.user_id);
    await done(first.receipt_code);
    expect(await identity.ask(userExists, { user_id: again.user_id })).toMatchObject({ exists: true });
    await people.refresh(still.refresh_token);
  });

  it('is refused to the last admin while others are left, also to two at once, and not to the operator', async () => {
    const { items } = await identity.ask(listAccounts, { limit: 200 }, admin);
    expect(items.filter(({ roles }) => roles.length > 0)).toEqual([]);
    const [una, vic] = [await people.join({ admin: true }), await people.join({ admin: true })];
    const both = await Promise.allSettled([una, vic].map(({ user_id }) => begin(user_id)));
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const last = both[0]?.status === 'rejected' ? una : vic;
    await expect(begin(last.user_id)).rejects.toEqual(code('LAST_ADMIN'));
    expect(await identity.ask(userExists, { user_id: last.user_id })).toMatchObject({ exists: true });

    const wil = await people.join({ admin: true });
    const leaving = await heldUp(
      identity,
      lockUser(wil.user_id),
      () => begin(last.user_id),
      (em) => em.execute('update registered_user set is_admin = false where id = ?', [wil.user_id]),
    );
    expect(leaving).toMatchObject({ status: 'rejected', reason: { code: 'LAST_ADMIN' } });

    const again = { pseudonyms: [pseudonymOf(last.user_id)], dry_run: false };
    const byThemselves = session(last.user_id, { roles: ['admin'], scopes: ['read', 'write', 'admin'] });
    await expect(identity.ask(eraseAgain, again, byThemselves)).rejects.toEqual(code('LAST_ADMIN'));
    // After an older backup was put back, and in open mode.
    expect(await identity.ask(eraseAgain, again, admin)).toMatchObject({ found: again.pseudonyms });
    const xia = await people.join({ admin: true });
    await identity.ask(beginErasure, { user_id: xia.user_id }, admin);
  });

  it('takes along the codes that an admin issued', async () => {
    const [ida, jo] = [await people.join(), await people.join()];
    await people.join({ admin: true });
    const asAdmin = session(ida.user_id, { roles: ['admin'], scopes: ['read', 'write', 'admin'] });
    await identity.ask(changeRoles, { user_id: ida.user_id, roles: ['admin'] }, admin);
    const codes = [
      await identity.ask(createInvitation, { admin: true }, asAdmin),
      await identity.ask(createPasswordCode, { user_id: jo.user_id }, asAdmin),
    ];
    await begin(ida.user_id);
    const { items } = await identity.ask(listCodes, { limit: 50 }, admin);
    const left = items.filter(({ user_id, issued_by }) =>
      [ida.user_id, jo.user_id].includes(issued_by ?? user_id ?? ''),
    );
    expect(left).toEqual([]);
    const person = { display_name: 'Ned', email: 'ned@example.org', password: PASSWORD };
    const joining = identity.ask(registerUser, { ...person, invitation: codes[0]?.code ?? '' }, anonymous);
    await expect(joining).rejects.toMatchObject({ code: 'CODE_NOT_VALID' });
  });

  it('lets nobody in who signs in at the same moment, or changes something', async () => {
    const kim = await people.join();
    const gone = (em: EntityManager) => em.execute('delete from registered_user where id = ?', [kim.user_id]);
    const signingIn = await heldUp(identity, lockUser(kim.user_id), () => people.enter(kim.email), gone);
    expect(signingIn).toMatchObject({ status: 'rejected', reason: { code: 'SIGN_IN_FAILED' } });

    const lou = await people.join();
    const change = { user_id: lou.user_id, current_password: PASSWORD, new_password: `${PASSWORD} and 8` };
    const changing = await heldUp(
      identity,
      lockUser(lou.user_id),
      () => identity.ask(changePassword, { ...change, address: '192.0.2.1' }, session(lou.user_id)),
      (em) => em.execute('delete from registered_user where id = ?', [lou.user_id]),
    );
    expect(changing).toMatchObject({ status: 'rejected', reason: { code: 'USER_NOT_FOUND' } });
  });

  it('waits for a service that is away', async () => {
    const mia = await people.join();
    await others.leave();
    const { receipt_code, task_id } = await begin(mia.user_id);
    await eventually('the job waits', async () => {
      const last = await identity.store.last('JOBS', `jobs.people.interactive.${task_id}.>`);
      const data = last?.data as { problem?: { code: string } } | undefined;
      return data?.problem?.code === 'SERVICE_UNAVAILABLE';
    });
    expect(await receipt(receipt_code)).toMatchObject({ status: 'pending' });
    // Whatever is put back later, and of which moment.
    expect(await readFile(list, 'utf8')).toContain(`{"pseudonym":"${pseudonymOf(mia.user_id)}","begun_at":"`);
    await others.play();
    await done(receipt_code);
  });

  it('has the servers rewrite their files, once for all that are done, and at most once an hour', async () => {
    const [nia, ole] = [await people.join(), await people.join()];
    await identity.orm.em.execute(
      `insert into identity.erasure (id, pseudonym, requested_at, removed, allowed_elsewhere, done_at, rewritten_at)
       values (gen_random_uuid(), gen_random_uuid(), now(), '[]', '[]', now(), now())`,
    );
    others.asked.length = 0;
    const codes: string[] = [];
    for (const { user_id } of [nia, ole]) codes.push((await begin(user_id)).receipt_code);
    for (const receipt_code of codes) await done(receipt_code);
    for (const receipt_code of codes)
      expect(await receipt(receipt_code)).toMatchObject({ rewritten_at: null });
    await identity.orm.em.execute("update erasure set rewritten_at = rewritten_at - interval '1 hour'");
    const receipts = await eventually('both are rewritten', async () => {
      const both = [];
      for (const receipt_code of codes) both.push(await receipt(receipt_code));
      return both.every(({ rewritten_at }) => rewritten_at !== null) && both;
    });
    expect(receipts[0]?.rewritten_at).toBe(receipts[1]?.rewritten_at);
    expect(receipts[0]?.not_rewritten).toEqual(['table play']);
    expect(others.asked.filter((one) => one.startsWith('rewrites'))).toHaveLength(4);
  });

  it('goes on when Postgres is away in the middle of it', async () => {
    const proxy = await TcpProxy.to(identity.environment.DATABASE_URL ?? '');
    await identity.restart({ DATABASE_URL: proxy.url });
    const ray = await people.join();
    // It goes on and on until the answer to this has come, which takes Postgres, too.
    others.pieceOf = () => ({ removed: [], left: true });
    const { receipt_code, task_id } = await begin(ray.user_id);
    others.pieceOf = () => {
      void proxy.close();
      return { removed: [{ service: 'scheduler', store: 'table background_job', removed: 1 }], left: false };
    };
    await eventually('the job fails, and waits', async () => {
      const last = await identity.store.last('JOBS', `jobs.people.interactive.${task_id}.>`);
      return (last?.data as { problem?: object } | undefined)?.problem !== undefined;
    });
    others.pieceOf = undefined;
    await proxy.open();
    await done(receipt_code);
    expect(await everything()).not.toContain(ray.user_id);
    await identity.restart();
    await proxy.close();
  });

  it('goes on where its job was not requested because the process died', async () => {
    const fay = await people.join();
    await identity.orm.em.execute(
      `insert into identity.erasure (id, user_id, pseudonym, code_hash, requested_at, removed, allowed_elsewhere)
       values (gen_random_uuid(), ?, ?, ?, now(), '[]', '[]')`,
      [fay.user_id, pseudonymOf(fay.user_id), hashOf('f'.repeat(43))],
    );
    await identity.restart();
    await done('f'.repeat(43));
    expect(await everything()).not.toContain(fay.user_id);
  });

  it('goes on where the database is older than the log, which has the end of its job, or no such job', async () => {
    const [pat, quy] = [await people.join(), await people.join()];
    const begun = [await begin(pat.user_id), await begin(quy.user_id)];
    for (const { receipt_code } of begun) await done(receipt_code);
    for (const { user_id } of [pat, quy]) await isAgainUnderWay(user_id);
    await identity.orm.em.execute('update identity.erasure set round = 7 where user_id = ?', [quy.user_id]);
    const back = { service: 'ingestion', store: 'table play', removed: 500 } as const;
    others.pieces = [0, 1].map(() => ({ removed: [back], left: false }));
    await identity.restart();
    const receipts = [];
    for (const { receipt_code } of begun) receipts.push(await done(receipt_code));
    const found = receipts.flatMap(({ removed }) => removed.filter(({ store }) => store === back.store));
    expect(found.reduce((sum, { removed }) => sum + removed, 0)).toBe(1_000);
  });

  it('finds those who are back in another service alone, and another job erases them', async () => {
    const [rae, sam] = [await people.join(), await people.join()];
    const first = await begin(rae.user_id);
    await done(first.receipt_code);
    const wanted = { pseudonyms: [pseudonymOf(rae.user_id)], dry_run: false };
    expect((await identity.ask(eraseAgain, wanted, admin)).found).toEqual([]);

    await isAgainUnderWay(rae.user_id);
    others.known.push(rae.user_id, sam.user_id);
    const again = await identity.ask(eraseAgain, wanted, admin);
    expect(again).toEqual({ found: wanted.pseudonyms, task_ids: [expect.any(String)] });
    expect(again.task_ids).not.toEqual([first.task_id]);
    await done(first.receipt_code);
    // Of this one there is no erasure any more, either.
    await identity.orm.em.execute('delete from identity.erasure where pseudonym = ?', wanted.pseudonyms);
    others.asked.length = 0;
    const { task_ids } = await identity.ask(eraseAgain, wanted, admin);
    expect(task_ids).toHaveLength(1);
    await eventually('every service is asked', () => others.asked.includes(`insight ${rae.user_id}`));
    others.known.length = 0;
    expect(await identity.ask(userExists, { user_id: sam.user_id })).toMatchObject({ exists: true });
  });

  it('finds those who are back with an older backup, in the database or in the log alone', async () => {
    const [gus, hal, ida] = [await people.join(), await people.join(), await people.join()];
    // Of Hal the log alone knows.
    await identity.orm.em.execute('delete from identity.registered_user where id = ?', [hal.user_id]);
    const pseudonyms = [gus, hal].map(({ user_id }) => pseudonymOf(user_id));
    const wanted = { pseudonyms: [...pseudonyms, pseudonymOf('0193a2b4-1c9e-7b3a-9d50-2f6a1e8c7d10')] };
    const dry = await identity.ask(eraseAgain, { ...wanted, dry_run: true }, admin);
    expect([dry.found.sort(), dry.task_ids]).toEqual([[...pseudonyms].sort(), []]);
    expect(await identity.ask(userExists, { user_id: gus.user_id })).toMatchObject({ exists: true });
    const { task_ids } = await identity.ask(eraseAgain, { ...wanted, dry_run: false }, admin);
    expect(task_ids).toHaveLength(2);
    await eventually('both are gone', async () => {
      const left = await everything();
      return !left.includes(gus.user_id) && !left.includes(hal.user_id);
    });
    await identity.restart();
    const records = await eventually('the audit has the orders and what came of them', async () => {
      const events = await identity.store.readFiltered('AUDIT', 'audit.>');
      const found = events
        .map(({ data }) => data as { what: string; subject?: string })
        .filter(({ subject }) => subject !== undefined && pseudonyms.includes(subject));
      return found.length === 4 && found;
    });
    expect(records).toEqual(
      expect.arrayContaining(
        task_ids.flatMap((task_id) => [
          expect.objectContaining({ what: 'erasure-ordered', by: 'open_mode', targets: { task_id } }),
          expect.objectContaining({ what: 'person-erased', by: 'service', targets: { task_id } }),
        ]),
      ),
    );
    expect(await identity.ask(userExists, { user_id: ida.user_id })).toMatchObject({ exists: true });
  });
});
