import { describe, expect, it } from 'vitest';
import { adminApi, ID, ops, opsAt } from './admin-api.ts';

const api = adminApi();

const estimate = {
  snapshots: 1200,
  with_insight: 900,
  calls: 1200,
  tokens: 840_000,
  usd: 1.5,
  seconds: 95,
  based_on: 'past_insights',
  sample: 500,
};
const replay = (status: string, written: number, failed = 0, underWay = 0, putBack = 0) => ({
  id: ID,
  status,
  phase: 'rest',
  activate: 'when_complete',
  pause_reason: null,
  progress: {
    snapshots: 10,
    written,
    failed,
    used: { calls: written, tokens: 10, usd: null },
    per_minute: 5,
    hold_until: null,
    under_way: underWay,
    put_back: putBack > 0 ? { code: 'LLM_AWAY', jobs: putBack, until: '2026-11-23T10:00:00Z' } : null,
    estimated_end: null,
  },
});

describe('pnpm ops', () => {
  it.each([
    [[]],
    [['replays']],
    [['replays', 'start']],
    [['prompts']],
    [['rebuilds']],
    [['dead-letters']],
    [['dead-letters', 'retry']],
    [['jobs', 'cancel']],
    [['keys', 'rotate']],
    [['audit']],
    [['jobs']],
    [['jobs', 'list']],
    [['jobs', 'show']],
  ])('explains %j with --help', async (words) => {
    const { code, said } = await ops(...words, '--help');
    expect(code).toBe(0);
    expect(said).toMatch(/^Usage: ops/);
  });

  it.each([
    [['replay']],
    [['replays', 'start', 'wellness']],
    [['replays', 'start', 'a', 'b', '--canary', 'x']],
  ])('says with 2 that %j was typed wrong', async (words) => {
    const { code, complained } = await ops(...words);
    expect(code).toBe(2);
    expect(complained).toContain('--help says more');
    expect(api.asked).toEqual([]);
  });

  it.each([
    ['--url', ['--url', 'ftp://x'], {}],
    ['--url', ['--url', 'nonsense'], {}],
    ['--url', ['--url', 'http:/x'], {}],
    ['--url', ['--url', 'http://a:b@127.0.0.1'], {}],
    ['UNDERTONE_URL', [], { UNDERTONE_URL: 'ftp://x' }],
    ['UNDERTONE_URL', [], { UNDERTONE_URL: '127.0.0.1:8000' }],
    ['UNDERTONE_KEY', [], { UNDERTONE_KEY: 'two\nlines' }],
    ['--key', ['--key', 'schlüssel'], {}],
  ] as [string, string[], Record<string, string>][])(
    'says with 2 that %s cannot be right: %j %j',
    async (name, words, environment) => {
      const { code, complained } = await opsAt(environment, ...words, 'jobs', 'list');
      expect(code).toBe(2);
      expect(complained.split('\n')).toEqual([expect.stringContaining(name), '(--help says more)', '']);
    },
  );

  it('asks for a dry run and prints what it would take', async () => {
    const warnings = ['templates use no prompt'];
    api.answers['POST /api/admin/replays'] = { body: { dry_run: true, estimate, warnings, replay: null } };
    const { code, said } = await ops(
      ...['replays', 'start', 'wellness', 'wellness-v2', '--dry-run', '--canary', '0.1', '--max-usd', '3'],
      ...['--from', '2026-01-01', '--only-with-insight'],
    );
    expect(code).toBe(0);
    expect(said).toContain('1,200, 900 with an insight');
    expect(said).toContain('$1.5000');
    expect(said).toContain('1 min 35 s');
    expect(said).toContain('warning    templates use no prompt');
    expect(api.asked[0]?.body).toEqual({
      insight_type: 'wellness',
      prompt_version: 'wellness-v2',
      filter: { from: '2026-01-01', only_with_insight: true },
      canary: 0.1,
      budget: { usd: 3 },
      dry_run: true,
    });
  });

  it('watches to the end, through a stream that breaks off', async () => {
    api.answers[`GET /api/admin/replays/${ID}/events`] = [replay('running', 4), replay('active', 10)];
    const done = await ops('replays', 'watch', ID);
    expect(done).toMatchObject({ code: 0, said: expect.stringMatching(/4\/10 .*\n10\/10 .*\n.*is active/s) });
  });

  it('watches what is under way to its end when a replay is paused, and not what was put back', async () => {
    const path = `GET /api/admin/replays/${ID}/events`;
    api.answers[path] = [replay('paused', 4, 0, 2), replay('paused', 6), replay('running', 7)];
    const { code, said } = await ops('replays', 'watch', ID);
    expect(code).toBe(3);
    expect(said).toMatch(/4\/10 .*\n6\/10 .*\n.*is paused/s);
    expect(said).not.toContain('7/10');
    api.answers[path] = [replay('paused', 5, 0, 2, 2), replay('paused', 6)];
    expect((await ops('replays', 'watch', ID)).said).not.toContain('6/10');
  });

  it('says with 3 that a replay waits for somebody', async () => {
    api.answers[`GET /api/admin/replays/${ID}/events`] = [replay('completed', 9, 1)];
    const { code, said } = await ops('replays', 'watch', ID);
    expect(code).toBe(3);
    expect(said).toContain(`ops replays report ${ID}`);
  });

  it.each([
    [['go'], 'go', {}],
    [['resume', '--max-calls', '9'], 'resume', { budget: { calls: 9 } }],
    [['activate', '--allow-failures'], 'activate', { allow_failures: true }],
    [['rollback'], 'rollback', {}],
  ])('decides: %j', async ([name = '', ...flags], path, body) => {
    api.answers[`POST /api/admin/replays/${ID}/${path}`] = { body: replay('running', 1) };
    expect((await ops('replays', name, ID, ...flags)).code).toBe(0);
    expect(api.asked[0]?.body).toEqual(body);
  });

  it('shows both sides of a report, with repairs and what readers said', async () => {
    const side = {
      prompt_versions: ['wellness-v1'],
      llm_models: ['m'],
      insights: 8,
      failed: 1,
      repaired: { insights: 0, known_for: 0 },
      feedback: { helpful: 0, unhelpful: 0, helpful_share: null, low: null, high: null },
      tokens: 700,
      usd: null,
      generation_ms: { median: 900, p95: 1200 },
      characters: 400,
    };
    const better = {
      ...side,
      prompt_versions: ['wellness-v2'],
      repaired: { insights: 3, known_for: 8 },
      feedback: { helpful: 2, unhelpful: 1, helpful_share: 2 / 3, low: 0.2, high: 0.9 },
    };
    const body = { replay_id: ID, new: better, old: side, failures: [], pairs: [] };
    api.answers[`GET /api/admin/replays/${ID}/report`] = { body };
    const { code, said } = await ops('replays', 'report', ID);
    expect(code).toBe(0);
    expect(said).toMatch(/failed +repaired +tokens .* feedback/);
    expect(said).toMatch(/new +wellness-v2 +m +8 +1 +3 +700 .* 2\+ 1-/);
    expect(said).toMatch(/old +wellness-v1 +m +8 +1 +\S* *700 /);
  });

  const letter = (id: string) => ({
    id,
    status: 'open',
    job_type: 'generate-insight',
    queue: 'insights',
    lane: 'bulk',
    task_id: ID,
    deliveries: 5,
    happened_at: '2026-11-24T09:00:00.000Z',
  });

  it('lists dead letters, as a table or as JSON', async () => {
    api.answers['GET /api/admin/dead-letters?limit=2&status=open'] = { body: [letter('a')] };
    const words = ['dead-letters', 'list', '--limit', '2', '--status', 'open'];
    expect((await ops(...words)).said).toMatch(
      new RegExp(`a +2026-11-24T09:00:00\\.000Z +open +generate-insight +insights bulk +${ID} +5\n$`),
    );
    expect(JSON.parse((await ops(...words, '--json')).said)).toEqual([letter('a')]);
  });

  it('discards the dead letters that are named, and wants them named', async () => {
    api.answers['POST /api/admin/dead-letters/a/discard'] = { body: { ...letter('a'), status: 'discarded' } };
    expect((await ops('dead-letters', 'discard', 'a')).said).toBe('a is discarded\n');
    for (const words of [[], ['a', '--all'], ['a', '--type', 'x'], ['--all', '--lane', 'bulk'], ['--watch']])
      expect((await ops('dead-letters', 'discard', ...words)).code).toBe(2);
  });

  it('cancels jobs, and asks for their work again', async () => {
    const job = { task_id: ID, job_type: 'generate-insight' };
    api.answers[`POST /api/admin/jobs/${ID}/cancel`] = { status: 202, body: { ...job, status: 'REVOKED' } };
    expect((await ops('jobs', 'cancel', ID)).said).toBe(`${ID} (generate-insight) is REVOKED\n`);
    api.answers[`POST /api/admin/jobs/${ID}/retry`] = { status: 202, body: { task_id: 'b', retry_of: ID } };
    expect((await ops('jobs', 'retry', ID)).said).toBe(`${ID} is done again by job b\n`);
    expect((await ops('jobs', 'retry')).code).toBe(2);
  });

  it('shows who did what, and what was denied', async () => {
    const entry = {
      ...{ id: ID, at: '2026-11-24T09:00:00.000Z', what: 'changeRoles', by: 'session', is_admin: true },
      ...{ actor: 'p', actor_user_id: ID, credential: null, subject: 'q', subject_user_id: null },
      ...{ targets: { roles: ['admin'] }, status: 409, code: 'LAST_ADMIN', denied: null },
    };
    const denied = {
      ...entry,
      ...{ what: 'requests-denied', by: 'anonymous', actor: null, actor_user_id: null, subject: null },
      ...{ targets: {}, status: null, code: null },
      denied: {
        ...{ origin: 'f00d', callers: 3, until: entry.at },
        denials: [{ what: null, code: 'RATE_LIMITED', times: 7 }],
      },
    };
    api.answers[`GET /api/admin/audit?limit=50&actor=${ID}`] = { body: [entry, denied] };
    const { said } = await ops('audit', '--actor', ID);
    const [, first, second] = said.split('\n').map((line) => line.split(/ {2,}/));
    expect(first).toEqual([entry.at, 'changeRoles', 'session', ID, 'q', 'roles=admin', 'LAST_ADMIN']);
    const outcome = '3 callers, any RATE_LIMITED 7×';
    expect(second).toEqual([entry.at, 'requests-denied', 'anonymous', 'f00d', '–', '–', outcome]);
    expect(JSON.parse((await ops('audit', '--actor', ID, '--json')).said)).toEqual([entry, denied]);
  });

  it('lists keys, and rotates those of one service, watched to the end', async () => {
    api.answers['GET /api/admin/keys'] = {
      body: [
        {
          service: 'token',
          keys: [
            { id: '0a1b2c3d', encrypts: true, configured: true, rows: 3 },
            { id: null, encrypts: false, configured: false, rows: 2 },
          ],
        },
      ],
    };
    expect((await ops('keys', 'list')).said).toMatch(/token +0a1b2c3d +yes +yes +3\ntoken +– +no +no +2\n$/);
    api.answers['POST /api/admin/keys/rotate'] = { status: 202, body: { task_id: ID, status: 'queued' } };
    const task = { task_id: ID, status: 'PROGRESS', progress: { percent: 40, message: '2 of 5' } };
    api.answers[`GET /api/tasks/${ID}/events`] = [
      task,
      {
        ...task,
        status: 'SUCCESS',
        progress: { percent: 100, message: 'done' },
        result: { rows: 5, key_id: '0a1b2c3d' },
      },
    ];
    const { code, said } = await ops('keys', 'rotate', '--service', 'token', '--watch');
    expect(api.asked.at(-2)?.body).toEqual({ service: 'token' });
    expect(said).toMatch(
      /40\/100 {2}PROGRESS, 2 of 5\n100\/100 .*\ntoken: 5 rows under the key 0a1b2c3d\n$/s,
    );
    expect(code).toBe(0);
  });

  it('fails when the task that it watches fails', async () => {
    api.answers['POST /api/admin/keys/rotate'] = { status: 202, body: { task_id: ID, status: 'queued' } };
    const error = { code: 'ENCRYPTION_KEY_MISMATCH', message: 'give all of them the same keys' };
    api.answers[`GET /api/tasks/${ID}/events`] = [{ task_id: ID, status: 'FAILURE', progress: null, error }];
    const { code, complained } = await ops('keys', 'rotate', '--service', 'token', '--watch');
    expect(code).toBe(1);
    expect(complained).toContain('give all of them the same keys (ENCRYPTION_KEY_MISMATCH)');
  });

  it('watches a rebuild until it is swapped in', async () => {
    const path = '/api/admin/rebuilds/some-projection';
    api.answers[`POST ${path}`] = { body: { status: 'building', error: null } };
    api.answers[`GET ${path}`] = {
      body: { status: 'swapped', sequence: 9, target: 9, events_per_second: 90.4 },
    };
    const { code, said } = await ops('rebuilds', 'start', 'some-projection', '--watch');
    expect(said).toBe('9/9  swapped, 90 events/s\nsome-projection is swapped\n');
    expect(code).toBe(0);
  });

  it('shows a prompt with the versions of all pages', async () => {
    const page = (number: number) => ({ name: 'wellness', newest: 2, versions: [{ number }] });
    api.answers['GET /api/admin/prompts/wellness'] = {
      body: page(1),
      headers: { link: '</api/admin/prompts/wellness?cursor=abc>; rel="next"' },
    };
    api.answers['GET /api/admin/prompts/wellness?cursor=abc'] = { body: page(2) };
    const { code, said } = await ops('prompts', 'show', 'wellness');
    expect(code).toBe(0);
    expect(JSON.parse(said)).toEqual({ ...page(1), versions: [{ number: 1 }, { number: 2 }] });
  });

  it('says which file it cannot read', async () => {
    const { code, complained } = await ops('prompts', 'publish', '/nowhere.json');
    expect(code).toBe(1);
    expect(complained).toMatch(/^\/nowhere\.json cannot be read as JSON: ENOENT[^\n]*\n$/);
  });

  it('prints a problem in its own words', async () => {
    const { code, complained } = await ops('replays', 'show', ID);
    expect(code).toBe(1);
    expect(complained).toBe('there is no such replay (404 REPLAY_NOT_FOUND)\n  trace abc\n');
  });

  it('says where nobody answers', async () => {
    const { code, complained } = await ops('--url', 'http://127.0.0.1:9', 'replays', 'list');
    expect(code).toBe(1);
    expect(complained).toContain('nobody answers at http://127.0.0.1:9: start the system (npm start)');
  });
});
