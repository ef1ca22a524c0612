import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { changePreferences } from '@undertone/contracts/identity/rpc';
import { JobRetrying } from '@undertone/contracts/jobs/job';
import type { ObjectReference } from '@undertone/contracts/object-reference';
import { exportPages } from '@undertone/contracts/personal-data/export-pages';
import { beginExport, getArchive, getExport } from '@undertone/contracts/personal-data/personal-export';
import { anyJobFilter } from '@undertone/contracts/subjects';
import { FieldEncryption } from '@undertone/platform/crypto/field-encryption';
import { openStream, SEAL_BYTES } from '@undertone/platform/crypto/sealed-stream';
import { newId } from '@undertone/platform/ids/ids';
import { OBJECT_STORAGE } from '@undertone/platform/nest/tokens';
import type { ObjectStorage } from '@undertone/platform/objects/object-storage';
import { answer } from '@undertone/platform/test-kit/answer';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { jobEnded } from '@undertone/platform/test-kit/jobs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ExpiredExports } from '../src/exports/expired-exports.js';
import { sealSubject } from '../src/linked-accounts/sealed-subject.js';
import { filesIn } from './archive-files.js';
import { code, People, session } from './people.js';
import { type RunningIdentity, runIdentity } from './running-identity.js';

let identity: RunningIdentity;
let people: People;
let storage: ObjectStorage;
/** What ingestion has on its last page; `undefined`: another page comes first. */
let plays: (userId: string) => string | undefined;

beforeAll(async () => {
  identity = await runIdentity();
  people = new People(identity);
  storage = identity.service.get<ObjectStorage>(OBJECT_STORAGE);
  for (const service of ['token', 'insight', 'scheduler'] as const) {
    const nats = await identity.infrastructure.connect({}, service);
    identity.onStop(() => nats.close());
    answer(nats, exportPages(service), ({ user_id }) => ({
      pieces: [{ file: `${service}.json`, text: `["${user_id}"]` }],
      next: null,
      done: 1,
    }));
  }
  const nats = await identity.infrastructure.connect({}, 'ingestion');
  identity.onStop(() => nats.close());
  answer(nats, exportPages('ingestion'), ({ user_id, after }) => {
    if (after === null) return { pieces: [{ file: 'plays.csv', text: 'head\r\n' }], next: 'more', done: 0.5 };
    const text = plays(user_id);
    const pieces = text === undefined ? [] : [{ file: 'plays.csv', text }];
    return { pieces, next: text === undefined ? 'more' : null, done: 0.5 };
  });
});
beforeEach(() => {
  plays = (userId) => `plays of ${userId}\r\n`;
});
afterAll(() => identity.stop());

const sql = (text: string, id: string) => identity.orm.em.fork().execute(text, [id]);
const begin = async (user_id: string) =>
  (await identity.ask(beginExport, { user_id }, session(user_id))).task_id;
const newest = (user_id: string) => identity.ask(getExport, { user_id }, session(user_id));
const codeIn = (link: string | null) => link?.split('/').at(-1) ?? '';
const archiveAt = (link: string | null) => identity.ask(getArchive, { code: codeIn(link) });
const filesAt = async (link: string | null, archive: ObjectReference) =>
  filesIn(await buffer(openStream(await storage.get(archive), codeIn(link))));
const objects = async () => {
  const keys: string[] = [];
  for await (const { key } of storage.list('exports/')) keys.push(key);
  return keys;
};
const ended = async (taskId: string) => (await jobEnded(identity.store, taskId)).task;

async function exported(user_id: string) {
  const task = await ended(await begin(user_id));
  expect(task).toMatchObject({ status: 'SUCCESS' });
  const { link } = await newest(user_id);
  const { archive, file_name } = await archiveAt(link);
  return { files: await filesAt(link, archive), file_name, task, archive, link };
}

describe('an export', () => {
  it('has what every service has of the person, and nothing of another', async () => {
    const [ada, ben] = [await people.join(), await people.join()];
    await people.enter(ada.email);
    await people.enter(ben.email);
    await identity.ask(changePreferences, { user_id: ada.user_id, changes: { language: 'pt-BR' } });
    const encryption = identity.service.get<FieldEncryption>(FieldEncryption);
    for (const [{ user_id }, name] of [
      [ada, 'ada-at-home'],
      [ben, 'ben-at-home'],
    ] as const) {
      const account = { id: newId(), issuer: 'https://id.example.org' };
      const sealed = sealSubject(encryption, account, { kind: 'sub', name });
      await identity.orm.em.fork().execute(
        `insert into linked_account (id, user_id, provider, issuer, subject_fingerprint, subject, linked_at)
         values (?, ?, 'home', ?, ?, ?, now())`,
        [account.id, user_id, account.issuer, sealed.subjectFingerprint, sealed.subject],
      );
    }
    const { files, file_name, task, archive } = await exported(ada.user_id);

    expect(task.result).toMatchObject({ export_id: task.task_id, size: archive.size - SEAL_BYTES });
    expect(file_name).toMatch(/^undertone-export-\d{4}-\d\d-\d\d\.zip$/);
    expect(JSON.parse(files['profile.json'] ?? '')).toMatchObject({
      user_id: ada.user_id,
      display_name: 'Person 1',
      sign_in_email: ada.email,
      has_password: true,
      language: 'pt-BR',
    });
    expect(JSON.parse(files['sessions.json'] ?? '')).toEqual([
      expect.objectContaining({ device: 'laptop', ended_at: null }),
    ]);
    expect(JSON.parse(files['linked-accounts.json'] ?? '')).toEqual([
      expect.objectContaining({ provider: 'home', subject: 'ada-at-home' }),
    ]);
    expect(files['events/identity.jsonl']).toContain('undertone.identity.user-registered.v1');
    expect(files['plays.csv']).toBe(`head\r\nplays of ${ada.user_id}\r\n`);
    for (const service of ['token', 'insight', 'scheduler']) {
      expect(files[`${service}.json`]).toBe(`["${ada.user_id}"]`);
    }
    expect(files['README.txt']).toContain('sessions.json');
    const all = JSON.stringify(files);
    expect(all).not.toContain(ben.user_id);
    expect(all).not.toContain(ben.email);
    expect(all).not.toContain('ben-at-home');
    for (const secret of [
      'token_hash',
      'chain_key',
      'password_hash',
      '$argon2',
      'subject_fingerprint',
      'v2.',
    ]) {
      expect(all, secret).not.toContain(secret);
    }
  });

  it('is one, where two are asked for at once, and another once it is done', async () => {
    const { user_id } = await people.join();
    plays = () => undefined;
    const [first, second] = await Promise.all([begin(user_id), begin(user_id)]);
    expect(second).toBe(first);
    expect(await newest(user_id)).toMatchObject({
      status: 'pending',
      task_id: first,
      link: null,
      size: null,
    });
    plays = () => 'now';
    expect(await ended(first)).toMatchObject({ status: 'SUCCESS' });
    const before = await newest(user_id);
    expect(before).toMatchObject({ status: 'ready', export_id: first });
    expect(await begin(user_id)).not.toBe(first);
  });

  it('takes the place of the one before', async () => {
    const { user_id } = await people.join();
    const [one, other] = [await exported(user_id), await exported(user_id)];
    await expect(archiveAt(one.link)).rejects.toThrow(code('EXPORT_EXPIRED'));
    await identity.service.get<ExpiredExports>(ExpiredExports).sweep(new Date());
    const left = (await objects()).filter((key) => key.includes(user_id));
    expect(left).toEqual([other.archive.key]);
    expect((await archiveAt(other.link)).archive).toEqual(other.archive);
  });

  it('is for a person who is freshly signed in, and its state for their session', async () => {
    const { user_id } = await people.join();
    const stale = session(user_id, { fresh_until: 0 });
    await expect(identity.ask(beginExport, { user_id }, stale)).rejects.toThrow(code('SIGN_IN_AGAIN'));
    const byKey = session(user_id, { authenticated_by: 'api_key' });
    await expect(identity.ask(getExport, { user_id }, byKey)).rejects.toThrow(code('FORBIDDEN'));
    await expect(identity.ask(getExport, { user_id }, stale)).rejects.toThrow(code('EXPORT_NOT_FOUND'));
    await expect(begin(newId())).rejects.toThrow(code('USER_NOT_FOUND'));
  });

  it('that was cut off is made again by another replica, whole and once', async () => {
    const { user_id } = await people.join();
    plays = () => undefined;
    const taskId = await begin(user_id);
    await eventually('it is under way', async () =>
      (await identity.store.last('JOBS', anyJobFilter(taskId)))?.type.endsWith('progressed'),
    );
    await identity.stopService();
    plays = () => 'whole';
    await identity.start();
    storage = identity.service.get<ObjectStorage>(OBJECT_STORAGE);
    expect(await ended(taskId)).toMatchObject({ status: 'SUCCESS' });
    const { link } = await newest(user_id);
    const { archive } = await archiveAt(link);
    expect((await filesAt(link, archive))['plays.csv']).toBe('head\r\nwhole');
    // Of the other nothing more comes, and what is there goes.
    await identity.service.get<ExpiredExports>(ExpiredExports).sweep(new Date(Date.now() + 2 * 3_600_000));
    expect((await objects()).filter((key) => key.includes(user_id))).toEqual([archive.key]);
  });

  it('waits for object storage that does not answer', async () => {
    const { user_id } = await people.join();
    await identity.restart({ OBJECT_STORAGE_URL: 's3://key:secret@127.0.0.1:1/bucket?tls=false' });
    const taskId = await begin(user_id);
    const put = await eventually('it is put back', async () => {
      const last = await identity.store.last('JOBS', anyJobFilter(taskId));
      return last && JobRetrying.read(last);
    });
    expect(put).toMatchObject({
      problem: { code: 'OBJECT_STORAGE_UNAVAILABLE' },
      resume_at: expect.any(String),
    });
    expect(await newest(user_id)).toMatchObject({ status: 'pending' });
    await identity.restart();
    storage = identity.service.get<ObjectStorage>(OBJECT_STORAGE);
    expect(await ended(taskId)).toMatchObject({ status: 'SUCCESS' });
    expect(await newest(user_id)).toMatchObject({ status: 'ready' });
  });

  it('that failed says so, and another may be asked for', async () => {
    const { user_id } = await people.join();
    plays = () => undefined;
    const taskId = await begin(user_id);
    await sql(`update personal_export set ended_at = now(), problem = 'CANCELLED' where id = ?`, taskId);
    expect(await newest(user_id)).toMatchObject({ status: 'failed', link: null });
    plays = () => 'b';
    expect(await begin(user_id)).not.toBe(taskId);
    expect(await ended(taskId)).toMatchObject({ status: 'FAILURE', error: { code: 'CANCELLED' } });
    expect((await objects()).filter((key) => key.includes(taskId))).toEqual([]);
  });
});

describe('an export that is under way for ever', () => {
  it('is none, where its job has ended: asked again, the person has another', async () => {
    const { user_id } = await people.join();
    const { task } = await exported(user_id);
    await sql('update personal_export set ended_at = null, expires_at = null where id = ?', task.task_id);
    const another = await begin(user_id);
    expect(another).not.toBe(task.task_id);
    expect(await ended(another)).toMatchObject({ status: 'SUCCESS' });
  });

  it('is begun, where its job was never requested', async () => {
    const { user_id } = await people.join();
    const id = newId();
    await identity.orm.em
      .fork()
      .execute('insert into personal_export (id, user_id, requested_at) values (?, ?, now())', [id, user_id]);
    expect(await begin(user_id)).toBe(id);
    expect(await ended(id)).toMatchObject({ status: 'SUCCESS' });
  });
});

describe('a link', () => {
  it('ends, and the archive with it', async () => {
    const { user_id } = await people.join();
    const { link, archive } = await exported(user_id);
    const { expires_at } = await newest(user_id);
    expect(Date.parse(expires_at ?? '')).toBeGreaterThan(Date.now() + 23 * 3_600_000);
    await sql(`update personal_export set expires_at = now() where user_id = ?`, user_id);
    await expect(archiveAt(link)).rejects.toThrow(code('EXPORT_EXPIRED'));
    await identity.service.get<ExpiredExports>(ExpiredExports).sweep(new Date());
    expect(await objects()).not.toContain(archive.key);
    expect(await newest(user_id)).toMatchObject({ status: 'expired', link: null, size: null });
    await expect(archiveAt(link)).rejects.toThrow(code('EXPORT_EXPIRED'));
    const later = new Date(Date.now() + 31 * 24 * 3_600_000);
    await identity.service.get<ExpiredExports>(ExpiredExports).sweep(later);
    await expect(newest(user_id)).rejects.toThrow(code('EXPORT_NOT_FOUND'));
    await expect(archiveAt(link)).rejects.toThrow(code('EXPORT_NOT_FOUND'));
  });

  it('is nowhere in the database or the log, and there is none that nobody was given', async () => {
    const { user_id } = await people.join();
    const { link } = await exported(user_id);
    const linkCode = codeIn(link);
    const rows = await sql('select * from personal_export where user_id = ?', user_id);
    expect(JSON.stringify(rows)).not.toContain(linkCode);
    const events = await identity.store.readFiltered('JOBS', 'jobs.people.>');
    expect(JSON.stringify(events)).not.toContain(linkCode);
    await expect(identity.ask(getArchive, { code: 'x'.repeat(43) })).rejects.toThrow(
      code('EXPORT_NOT_FOUND'),
    );
  });

  it('alone opens the archive: in storage nothing of it can be read', async () => {
    const { user_id } = await people.join();
    const { archive } = await exported(user_id);
    const kept = (await buffer(await storage.get(archive))).toString('latin1');
    expect(kept).not.toMatch(/^PK/);
    expect(kept).not.toContain('profile.json');
  });

  it('an archive that no export has is deleted after a while', async () => {
    const key = `exports/${newId()}/${newId()}/${newId()}`;
    await storage.put(key, Readable.from([Buffer.from('cut off')]), 100);
    const sweeper = identity.service.get<ExpiredExports>(ExpiredExports);
    await sweeper.sweep(new Date());
    expect(await objects()).toContain(key);
    await sweeper.sweep(new Date(Date.now() + 2 * 3_600_000));
    expect(await objects()).not.toContain(key);
  });
});
