import { createHash } from 'node:crypto';
import { servicePrincipal } from '@undertone/contracts/access/principal';
import { JobSucceeded } from '@undertone/contracts/jobs/job';
import { refreshToken } from '@undertone/contracts/jobs/refresh-token';
import { anyJobFilter } from '@undertone/contracts/subjects';
import { accessToken, expiringTokens, storeTokens } from '@undertone/contracts/token/rpc';
import { newId } from '@undertone/platform/ids/ids';
import { requestJob } from '@undertone/platform/jobs/request-job';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { HeldCommits } from '@undertone/platform/test-kit/held-commits';
import { ServiceProcess } from '@undertone/platform/test-kit/service-process';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type RunningToken, runToken, submission } from './running-token.js';

const MAIN = new URL('../src/main.ts', import.meta.url);

let token: RunningToken;
beforeAll(async () => {
  token = await runToken();
});
afterAll(() => token.stop());
afterEach(() => {
  token.simulator.clearFaults();
  token.simulator.calls.reset();
});

async function linked(expiresIn?: number) {
  const tokens = submission(expiresIn === undefined ? {} : { expires_in: expiresIn });
  await token.ask(storeTokens, tokens);
  return tokens;
}

async function storedRefreshToken(running: RunningToken, userId: string): Promise<string> {
  const [row, secrets] = [await running.row(userId), await running.secretsOf(userId)];
  return secrets.open('spotify/refresh-token', String(row.refresh_token));
}

describe('an access token', () => {
  it('is handed out as it was stored while it is good for a minute', async () => {
    const { user_id, access_token } = await linked(120);
    expect(await token.ask(accessToken, { user_id })).toMatchObject({ access_token });
    expect(token.refreshCalls()).toBe(0);
  });

  it('is refreshed when less than a minute is left, and then kept', async () => {
    const { user_id, access_token, refresh_token } = await linked(59);
    const fresh = await token.ask(accessToken, { user_id });
    expect(fresh.access_token).not.toBe(access_token);
    expect(Date.parse(fresh.expires_at) - Date.now()).toBeGreaterThan(3_500_000);
    const response = await fetch(`${token.simulator.url}/v1/me`, {
      headers: { authorization: `Bearer ${fresh.access_token}` },
    });
    expect(await response.json()).toMatchObject({ id: refresh_token.replace('sim-refresh-', '') });
    expect(await token.ask(accessToken, { user_id })).toEqual(fresh);
    expect(token.refreshCalls()).toBe(1);
    expect(await storedRefreshToken(token, user_id)).toBe(refresh_token);
    expect(await token.eventsOf(user_id)).toHaveLength(1);
  });

  it('brings its scopes with a refresh, where they were unknown', async () => {
    const { scope: _, ...tokens } = submission();
    await token.ask(storeTokens, tokens);
    await token.ask(accessToken, { user_id: tokens.user_id });
    expect((await token.row(tokens.user_id)).scopes).toContain('user-top-read');

    const given = submission({ scope: 'user-library-read' });
    await token.ask(storeTokens, given);
    await token.ask(accessToken, { user_id: given.user_id });
    expect((await token.row(given.user_id)).scopes).toEqual(['user-library-read']);
  });

  it('is refused to whom no account is linked', async () => {
    await expect(token.ask(accessToken, { user_id: newId() })).rejects.toMatchObject({
      name: 'Refused',
      code: 'NOT_LINKED',
      status: 409,
    });
  });

  it('takes a new refresh token where one comes back', async () => {
    const rotating = await runToken({ simulator: { rotation: 'always' } });
    try {
      const tokens = submission();
      await rotating.ask(storeTokens, tokens);
      await rotating.ask(accessToken, { user_id: tokens.user_id });
      const newer = await storedRefreshToken(rotating, tokens.user_id);
      expect(newer).not.toBe(tokens.refresh_token);
      await rotating.orm.em.execute('update vault_entry set expires_at = now()');
      await rotating.ask(accessToken, { user_id: tokens.user_id });
      expect(await storedRefreshToken(rotating, tokens.user_id)).not.toBe(newer);
      expect(rotating.refreshCalls()).toBe(2);
    } finally {
      await rotating.stop();
    }
  });
});

/** Commits of the vault fail, after the service has seen its statements succeed. @returns how to end that. */
async function loseCommits({ orm }: RunningToken): Promise<() => Promise<void>> {
  const em = orm.em.fork();
  await em.execute(`create or replace function lose() returns trigger language plpgsql as
    $$ begin raise exception 'the commit is lost'; end $$`);
  await em.execute(`create constraint trigger lose after update on vault_entry
    deferrable initially deferred for each row execute function lose()`);
  return async () => void (await em.execute('drop trigger lose on vault_entry'));
}

describe('what Spotify gave in place of a refresh token that is good once', () => {
  let once: RunningToken;
  beforeAll(async () => {
    once = await runToken({ simulator: { rotation: 'single-use' } });
  });
  afterAll(() => once.stop());

  /** Somebody whose refresh was answered, and lost at the commit. */
  async function lost() {
    const tokens = submission();
    await once.ask(storeTokens, tokens);
    once.simulator.calls.reset();
    const end = await loseCommits(once);
    await expect(once.ask(accessToken, tokens)).rejects.toMatchObject({ code: 'INTERNAL' });
    return { ...tokens, end };
  }
  const isStored = ({ user_id, refresh_token }: { user_id: string; refresh_token: string }) =>
    eventually('it is stored', async () => (await storedRefreshToken(once, user_id)) !== refresh_token);
  const isGood = async (user_id: string) => {
    await once.orm.em.execute('update vault_entry set expires_at = now()');
    await once.ask(accessToken, { user_id });
  };

  it('is stored after a lost commit without being asked for', async () => {
    const { end, ...tokens } = await lost();
    await end();
    await isStored(tokens);
    expect(once.refreshCalls()).toBe(1);
    await isGood(tokens.user_id);
  });

  it('is stored although another replica was refused with the old one meanwhile', async () => {
    const { end, ...tokens } = await lost();
    await end();
    await once.orm.em.execute('update vault_entry set relink_required_at = now() where user_id = ?', [
      tokens.user_id,
    ]);
    await isStored(tokens);
    await isGood(tokens.user_id);
  });

  it('is stored before the process stops', async () => {
    const { end, ...tokens } = await lost();
    await end();
    await once.restart();
    expect(await storedRefreshToken(once, tokens.user_id)).not.toBe(tokens.refresh_token);
    await isGood(tokens.user_id);
  });

  it('is gone with a process that is killed before the commit: the person is told to sign in again, once and for all', async () => {
    const tokens = submission();
    const { user_id } = tokens;
    await once.ask(storeTokens, tokens);
    await once.stopService();
    const killed = await ServiceProcess.start(MAIN, once.environment);
    const commits = await HeldCommits.of(once.orm, 'vault_entry');
    // Nobody answers it any more.
    once.ask(accessToken, { user_id }).catch(() => undefined);
    await commits.reached();
    await killed.kill();
    await once.orm.em.execute(
      `select pg_terminate_backend(pid) from pg_stat_activity
        where usename = current_user and pid <> pg_backend_pid() and wait_event_type = 'Lock'`,
    );
    await commits.release();
    await once.restart();
    once.simulator.calls.reset();
    for (const _time of [1, 2]) {
      await expect(once.ask(accessToken, { user_id })).rejects.toMatchObject({
        code: 'RELINK_REQUIRED',
        message: expect.stringContaining('sign in at Spotify again'),
      });
    }
    expect(once.refreshCalls()).toBe(1);
    const again = { ...submission(), user_id };
    await once.ask(storeTokens, again);
    await isGood(user_id);
  });
});

describe('a refresh whose commit is lost', () => {
  it('is stored by the next try: Spotify, which replaced the refresh token, is not asked with the old one', async () => {
    const rotating = await runToken({ simulator: { rotation: 'always' } });
    try {
      const tokens = submission();
      await rotating.ask(storeTokens, tokens);
      const em = rotating.orm.em.fork();
      const end = await loseCommits(rotating);
      const { user_id } = tokens;
      for (let times = 1; times <= 2; times += 1) {
        await expect(rotating.ask(accessToken, { user_id })).rejects.toMatchObject({ code: 'INTERNAL' });
      }
      await end();
      const fresh = await rotating.ask(accessToken, { user_id });
      expect(rotating.refreshCalls()).toBe(1);
      expect(fresh.access_token).not.toBe(tokens.access_token);
      expect(await storedRefreshToken(rotating, user_id)).not.toBe(tokens.refresh_token);
      // The one that is stored is one that Spotify takes.
      await em.execute('update vault_entry set expires_at = now()');
      await rotating.ask(accessToken, { user_id });
      expect(rotating.refreshCalls()).toBe(2);
    } finally {
      await rotating.stop();
    }
  });
});

describe('an access token that the provider refused before its time', () => {
  const hashOf = (text: string) => createHash('sha256').update(text).digest('hex');

  it('is refreshed, once for all who were refused', async () => {
    const { user_id, access_token } = await linked(3600);
    const rejected = { user_id, rejected_token_hash: hashOf(access_token) };
    token.simulator.addFault({ route: '/api/token', kind: 'slow', ms: 200 });
    const answers = await Promise.all(Array.from({ length: 10 }, () => token.ask(accessToken, rejected)));
    const [fresh] = answers;
    expect(new Set(answers.map((answer) => answer.access_token)).size).toBe(1);
    expect(fresh?.access_token).not.toBe(access_token);
    // Who was refused the old one and asks late gets the new one, as everybody does.
    expect(await token.ask(accessToken, rejected)).toEqual(fresh);
    expect(await token.ask(accessToken, { user_id })).toEqual(fresh);
    expect(token.refreshCalls()).toBe(1);
  });

  it('is told from another', async () => {
    const { user_id, access_token } = await linked(3600);
    const other = { user_id, rejected_token_hash: hashOf('another') };
    expect(await token.ask(accessToken, other)).toMatchObject({ access_token });
    expect(token.refreshCalls()).toBe(0);
  });
});

describe('an access token that is about to end', () => {
  const MINUTES = 35;
  const refreshed = async (user_id: string) => {
    const jobId = await requestJob(token.store, refreshToken, {
      payload: {
        user_id,
        provider: 'spotify',
        good_until: new Date(Date.now() + MINUTES * 60_000).toISOString(),
      },
      lane: 'bulk',
      source: 'test',
    });
    return eventually('the refresh has ended', async () => {
      const last = await token.store.last('JOBS', anyJobFilter(jobId));
      return last && JobSucceeded.read(last)?.result;
    });
  };

  it('is refreshed ahead where somebody used it in the last hour, and once', async () => {
    const used = (await linked(1_200)).user_id;
    const unused = (await linked(1_200)).user_id;
    const good = (await linked(3_600)).user_id;
    for (const user_id of [used, good]) await token.ask(accessToken, { user_id });
    const question = { user_ids: [used, unused, good], within_minutes: MINUTES };
    const scheduler = servicePrincipal('scheduler');
    expect(await token.ask(expiringTokens, question, scheduler)).toEqual({ user_ids: [used] });
    expect(await refreshed(used)).toMatchObject({ refreshed: true });
    expect(await refreshed(used)).toMatchObject({ refreshed: false });
    expect(token.refreshCalls()).toBe(1);
    expect(await token.ask(expiringTokens, question, scheduler)).toEqual({ user_ids: [] });
  });

  it('is no matter any more where the person has to sign in again', async () => {
    const { user_id } = await linked(1_200);
    token.simulator.addFault({ route: '/api/token', kind: 'invalid_grant', times: 1 });
    expect(await refreshed(user_id)).toEqual({ refreshed: false, expires_at: null });
  });
});

describe('refreshes of many people at once', () => {
  it('leave database connections to whoever stores tokens meanwhile', async () => {
    await token.restart({ SPOTIFY_TIMEOUT_SECONDS: '3' });
    const people = await Promise.all(Array.from({ length: 14 }, () => linked()));
    token.simulator.addFault({ route: '/api/token', kind: 'hang' });
    const asked = Promise.allSettled(people.map(({ user_id }) => token.ask(accessToken, { user_id })));
    await expect.poll(() => token.refreshCalls()).toBeGreaterThanOrEqual(4);
    await linked(3600);
    expect(token.refreshCalls()).toBe(4);
    token.simulator.clearFaults();
    const outcomes = (await asked).map(({ status }) => status);
    expect(outcomes.filter((status) => status === 'fulfilled')).toHaveLength(10);
    await token.restart();
  });
});

describe('ten questions at once', () => {
  const tenTimes = (user_id: string) =>
    Promise.all(Array.from({ length: 10 }, () => token.ask(accessToken, { user_id })));

  it('lead to one refresh', async () => {
    const { user_id } = await linked();
    token.simulator.addFault({ route: '/api/token', kind: 'slow', ms: 200 });
    const answers = await tenTimes(user_id);
    expect(new Set(answers.map(({ access_token }) => access_token)).size).toBe(1);
    expect(token.refreshCalls()).toBe(1);
  });

  it('lead to one refresh over all replicas', async () => {
    await token.start();
    await token.start();
    const { user_id } = await linked();
    token.simulator.addFault({ route: '/api/token', kind: 'slow', ms: 200 });
    const answers = await tenTimes(user_id);
    expect(new Set(answers.map(({ access_token }) => access_token)).size).toBe(1);
    expect(token.refreshCalls()).toBe(1);
    await token.restart();
  });

  it('meet one failure together, and the next question tries again', async () => {
    const { user_id } = await linked();
    token.simulator.addFault({ route: '/api/token', kind: 'hang', times: 1 });
    const outcomes = await Promise.allSettled(
      Array.from({ length: 10 }, () => token.ask(accessToken, { user_id })),
    );
    expect(outcomes.map(({ status }) => status)).toEqual(Array(10).fill('rejected'));
    expect(token.refreshCalls()).toBe(1);
    expect(await token.ask(accessToken, { user_id })).toHaveProperty('access_token');
    expect(token.refreshCalls()).toBe(2);
  });

  it('do not hold up what others ask meanwhile', async () => {
    const [waiting, other] = [await linked(), await linked(3600)];
    token.simulator.addFault({ route: '/api/token', kind: 'hang' });
    let ended = false;
    const asked = Promise.allSettled(
      Array.from({ length: 30 }, () => token.ask(accessToken, { user_id: waiting.user_id })),
    ).then(() => {
      ended = true;
    });
    await expect.poll(() => token.refreshCalls()).toBe(1);
    expect(await token.ask(accessToken, { user_id: other.user_id })).toHaveProperty('access_token');
    expect(ended).toBe(false);
    await asked;
  });
});
