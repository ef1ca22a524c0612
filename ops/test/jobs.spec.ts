import { describe, expect, it } from 'vitest';
import { adminApi, ID, ops } from './admin-api.ts';

const api = adminApi();

describe('jobs', () => {
  const job = {
    ...{ task_id: ID, user_id: ID, status: 'FAILURE', job_type: 'generate-insight', attempt: 2 },
    ...{ queue: 'insights', lane: 'bulk', worker: 'insight-1', parent_task_id: null, trace_id: 'abc' },
    ...{ error: { code: 'LLM_AWAY', message: 'no model answers' }, progress: null },
    ...{ created_at: '2026-11-24T09:00:00.000Z', started_at: '2026-11-24T09:00:01.000Z' },
    ...{ ended_at: '2026-11-24T09:01:31.000Z', updated_at: '2026-11-24T09:01:31.000Z' },
  };

  it('are found by what is asked for', async () => {
    api.answers = {
      [`GET /api/admin/jobs?limit=50&status=FAILURE&lane=bulk&text=llm+away&user_id=${ID}`]: { body: [job] },
    };
    const words = [
      'jobs',
      'list',
      '--user',
      ID,
      '--status',
      'FAILURE',
      '--lane',
      'bulk',
      '--text',
      'llm away',
    ];
    const found = await ops(...words);
    expect(found).toMatchObject({ code: 0, complained: '' });
    expect(found.said.split('\n')[1]?.split(/ {2,}/)).toEqual([
      ...[ID, job.created_at, 'FAILURE', 'generate-insight', 'insights bulk', ID, '1 min 30 s', 'LLM_AWAY'],
    ]);
    expect(JSON.parse((await ops(...words, '--json')).said)).toEqual([job]);
  });

  it('are counted', async () => {
    const none = { STARTED: 0, PROGRESS: 0, RETRY: 0, FAILURE: 0, REVOKED: 0 };
    const counts = { PENDING: 3, SUCCESS: 10_000, ...none };
    api.answers = { 'GET /api/admin/jobs/counts?queue=insights': { body: counts } };
    const { said } = await ops('jobs', 'count', '--queue', 'insights');
    expect(said).toMatch(/PENDING +3\n.*SUCCESS +10,000 or more\n/s);
  });

  it('are shown with attempts, waits and children', async () => {
    const attempt = { nth: 1, attempt: 1, worker: 'insight-1', outcome: 'waiting', problem: job.error };
    const times = { started_at: job.started_at, ended_at: job.ended_at, next_at: '2026-11-24T10:00:00.000Z' };
    const child = { task_id: ID, job_type: 'import-history', status: 'PENDING', created_at: job.created_at };
    const body = {
      ...{ task: job, attempts: [{ ...attempt, ...times }], children: [child] },
      ...{ more_children: true, retry_task_id: null },
    };
    api.answers = { [`GET /api/admin/jobs/${ID}`]: { body } };
    const { said } = await ops('jobs', 'show', ID);
    expect(said).toContain('problem        no model answers (LLM_AWAY)\n');
    expect(said).toContain('trace          abc\n');
    expect(said).toMatch(/1 +\S+ +\S+ +insight-1 +waiting +no model answers \(LLM_AWAY\) +2026-11-24T10/);
    expect(said).toMatch(/PENDING +import-history\nmore: ops jobs list --parent/);
    expect(JSON.parse((await ops('jobs', 'show', ID, '--json')).said)).toEqual(body);
  });
});

describe('what is decided about many', () => {
  const queued = { status: 202, body: { task_id: ID, status: 'queued' } };
  const running = { task_id: ID, status: 'PROGRESS', progress: { percent: 40, message: '2 of 5 cancelled' } };
  const done = (result: object) => ({ ...running, status: 'SUCCESS', progress: null, result });

  it('is counted first', async () => {
    api.answers['POST /api/admin/jobs/retry'] = queued;
    const by_type = [{ job_type: 'generate-insight', status: 'FAILURE', count: 1_200 }];
    const counted = { dry_run: true, matched: 1_200, by_type, done: 0, refused: {} };
    api.answers[`GET /api/tasks/${ID}/events`] = [done(counted)];
    const { said, code } = await ops('jobs', 'retry', '--user', ID, '--text', 'llm away', '--dry-run');
    expect(api.asked[0]?.body).toEqual({ user_id: ID, text: 'llm away', dry_run: true });
    expect(said).toMatch(/generate-insight +FAILURE +1,200\n1,200 found; nothing was decided\n$/);
    expect(code).toBe(0);
  });

  it('is done by a job, and watched, with those that refused', async () => {
    for (const what of ['jobs/cancel', 'dead-letters/retry']) api.answers[`POST /api/admin/${what}`] = queued;
    const result = { dry_run: false, matched: 5, done: 3, refused: { TASK_ENDED: 2 } };
    api.answers[`GET /api/tasks/${ID}/events`] = [running, done(result)];
    const filter = ['--status', 'PENDING', '--queue', 'insights'];
    const watched = await ops('jobs', 'cancel', ...filter, '--watch');
    expect(api.asked[0]?.body).toEqual({ status: 'PENDING', queue: 'insights' });
    expect(watched.said).toContain(`job ${ID} does it; ops jobs cancel ${ID} stops it\n`);
    expect(watched.said).toMatch(/2 of 5 cancelled\n(.*\n)*3 of 5 done\n2 refused: TASK_ENDED\n$/);
    const letters = await ops('dead-letters', 'retry', '--all');
    expect(api.asked.at(-1)).toMatchObject({ path: '/api/admin/dead-letters/retry', body: { all: true } });
    expect(letters).toMatchObject({ code: 0, said: expect.stringMatching(/^job .* does it; .*\n$/) });
  });

  it('says what was done where it is stopped', async () => {
    api.answers['POST /api/admin/jobs/cancel'] = queued;
    const stopped = { ...running, status: 'REVOKED', result: null };
    api.answers[`GET /api/tasks/${ID}/events`] = [running, stopped];
    api.answers[`GET /api/tasks/${ID}`] = { body: { ...stopped, result: { dry_run: false, done: 1_234 } } };
    const { code, said } = await ops('jobs', 'cancel', '--all', '--watch');
    expect(said).toMatch(/1,234 done\n$/);
    expect(code).toBe(1);
  });

  it('is not what somebody left out by mistake', async () => {
    for (const words of [
      [],
      [ID, '--all'],
      [ID, '--lane', 'bulk'],
      ['--all', '--lane', 'bulk'],
      ['--dry-run'],
    ])
      expect((await ops('jobs', 'cancel', ...words)).code).toBe(2);
    expect(api.asked).toEqual([]);
  });
});

describe('operations', () => {
  const lane = {
    ...{ queue: 'spotify', lane: 'bulk', service: 'ingestion', paused: true, depth: 4, workable: 1 },
    ...{ ack_pending: 1, waiting: 2, oldest_seconds: 90, replicas: 2, slots: 4, running: 1 },
    recent: { minutes: 5, requested: 3, ended: 2, failed: 1 },
  };

  it('list the queues and pause one', async () => {
    api.answers = {
      'GET /api/admin/queues': { body: [lane] },
      'POST /api/admin/queues/spotify/pause': { body: [lane] },
    };
    const { said } = await ops('queues', 'list');
    expect(said).toMatch(/spotify bulk +paused +4 +1 +2 +1 +1 of 4 +2 +1 min 30 s +3 in, 2 out, 1 failed/);
    const paused = await ops('queues', 'pause', 'spotify', '--lane', 'bulk', '--json');
    expect(JSON.parse(paused.said)).toEqual([lane]);
    expect(api.asked.at(-1)).toMatchObject({ method: 'POST', body: { lane: 'bulk' } });
  });

  it('list the replicas with their jobs', async () => {
    const jobs = [{ task_id: ID, job_type: 'import-history', since: '2026-11-30T09:00:00.000Z' }];
    const lanes = [{ queue: 'spotify', lane: 'bulk', slots: 2, held: 0, jobs }];
    const replica = { service: 'ingestion', instance: 'ingestion-1', version: '0.1.0', lanes };
    api.answers = {
      'GET /api/admin/workers': { body: [{ ...replica, started_at: '2026-11-30T09:00:00.000Z' }] },
    };
    const { said } = await ops('workers');
    expect(said).toMatch(new RegExp(`ingestion-1 .* spotify bulk +2 +0 +import-history ${ID}`));
  });

  it('tell how far the read models are, and how large the stores', async () => {
    const place = {
      ...{ projection: 'ingestion-plays', service: 'ingestion', stream: 'LISTENING', sequence: 10, last: 12 },
      ...{ behind: 2, oldest_seconds: 3, fault: null, rebuild: 'none' },
    };
    const table = { name: 'play', rows: 100, table_bytes: 8e6, index_bytes: 4e6, growth_per_day: null };
    const pool = { open: 2, idle: 1, waiting: 0, most: 10 };
    const database = { version: '18.0', pool, tables: [table], slowest: null };
    const service = { service: 'ingestion', version: '0.1.0', node: 'v26', memory_bytes: 9e7, database };
    const system = {
      ...{
        services: [service],
        unanswered: ['token'],
        nats: { version: '2.15.1' },
        redis: null,
        streams: [],
      },
      disk: { streams_bytes: 0, streams_in_30_days: null, tables_bytes: 12e6, tables_in_30_days: null },
    };
    api.answers = {
      'GET /api/admin/projections': { body: [place] },
      'GET /api/admin/system': { body: system },
    };
    expect((await ops('projections')).said).toMatch(/ingestion-plays +LISTENING +10 +12 +2 +3 s +none +–/);
    const { said } = await ops('system');
    expect(said).toContain('no answer from token');
    expect(said).toMatch(/ingestion.* 2 of 10, 0 wait +off: start Postgres with .*pg_stat_statements/);
    expect(said).toMatch(/ingestion.play +100 +8.0 MB +4.0 MB +–/);
    expect(said).toContain('tables 12.0 MB, in 30 days not known yet');
  });
});
