import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { adminApi, ID, MAIN, ops } from './admin-api.ts';

const api = adminApi();

describe('codes that were given out', () => {
  it('are listed by their ids, and withdrawn', async () => {
    const invitation = {
      code_id: ID,
      is_for: 'invitation',
      user_id: null,
      admin: true,
      issued_by: null,
      by_mail: false,
      expires_at: '2026-12-07T10:00:00.000Z',
    };
    api.answers = {
      'GET /api/admin/codes?limit=200': { body: [invitation] },
      [`DELETE /api/admin/codes/${ID}`]: { body: invitation },
    };
    const listed = await ops('accounts', 'codes');
    expect(listed).toMatchObject({ code: 0, complained: '' });
    expect(listed.said).toContain(ID);
    expect(listed.said).toContain('invitation of an admin');
    const { said } = await ops('accounts', 'withdraw-code', ID);
    expect(said).toBe('withdrawn: invitation, which was good until 2026-12-07T10:00:00.000Z\n');
    expect(api.asked.at(-1)).toMatchObject({ method: 'DELETE', path: `/api/admin/codes/${ID}` });
  });
});

describe('erasures', () => {
  const list = fileURLToPath(new URL('erasures.jsonl', import.meta.url));

  it('are applied again by a list that was kept apart, once that is said', async () => {
    api.answers = { 'POST /api/admin/erasures': { body: { found: [ID], task_ids: [] } } };
    const dry = await ops('erasures', 'apply', '--file', list);
    expect(dry).toEqual({
      code: 0,
      said: `${ID}\n`,
      complained: '1 of the 2 people on the list is back; --yes erases them again\n',
    });
    expect(api.asked).toMatchObject([{ body: { pseudonyms: [ID, expect.any(String)], dry_run: true } }]);
    api.answers = { 'POST /api/admin/erasures': { body: { found: [ID], task_ids: [ID] } } };
    const done = await ops('erasures', 'apply', '--file', list, '--yes');
    expect(done.said).toBe(`${ID}  job ${ID}\n`);
    expect(api.asked.at(-1)).toMatchObject({ body: { dry_run: false } });
  });

  it('say that nobody is back, and offer nothing then', async () => {
    api.answers = { 'POST /api/admin/erasures': { body: { found: [], task_ids: [] } } };
    const none = 'none of the 2 people on the list is back\n';
    expect(await ops('erasures', 'apply', '--file', list)).toEqual({ code: 0, said: '', complained: none });
    const done = await ops('erasures', 'apply', '--file', list, '--yes');
    expect(done).toEqual({ code: 0, said: '', complained: none });
  });

  it('are listed, and say which list cannot be read', async () => {
    const erased = { pseudonym: ID, requested_at: '2026-11-30T10:00:00.000Z', erased_at: null };
    api.answers = { 'GET /api/admin/erasures?limit=200': { body: [erased] } };
    expect((await ops('erasures', 'list')).said).toContain(ID);
    const { code, complained } = await ops('erasures', 'apply', '--file', MAIN);
    expect([code, complained]).toEqual([1, expect.stringContaining('cannot be read as a list of erasures')]);
  });
});
