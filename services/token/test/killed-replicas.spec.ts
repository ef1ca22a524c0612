import { accessToken, storeTokens } from '@undertone/contracts/token/rpc';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { ServiceProcess } from '@undertone/platform/test-kit/service-process';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type RunningToken, runToken, submission } from './running-token.js';

const MAIN = new URL('../src/main.ts', import.meta.url);

let token: RunningToken;
beforeAll(async () => {
  token = await runToken();
  await token.stopService();
});
afterAll(() => token.stop());

const QUESTIONS = 200;
const replicas = ['one', 'two'] as const;
type Replica = (typeof replicas)[number];

const running = new Map<Replica, ServiceProcess>();
afterEach(async () => {
  await Promise.all([...running.keys()].map(kill));
});

async function kill(name: Replica) {
  const replica = running.get(name);
  running.delete(name);
  await replica?.kill();
}

/** Two replicas: processes whose connections to Postgres say which of them they are of. */
async function start() {
  for (const name of replicas) {
    const environment = { ...token.environment, PGAPPNAME: name, SPOTIFY_TIMEOUT_SECONDS: '10' };
    running.set(name, await ServiceProcess.start(MAIN, environment));
  }
}

/** Which replica holds the person's row while it waits for Spotify; others are idle between two statements for moments. */
const refresher = () =>
  eventually('a replica waits for Spotify', async () => {
    const [held] = await token.orm.em.execute<{ name: Replica }[]>(
      `select application_name as name from pg_stat_activity
        where application_name in ('one', 'two') and state = 'idle in transaction'
          and state_change < now() - interval '0.5 s'`,
    );
    return held && token.refreshCalls() > 0 ? held.name : undefined;
  });

it.each([
  ['waits for the other one’s refresh leads to one refresh', 'waiting', 1],
  ['refreshes is made up for by the other', 'refreshing', 2],
] as const)('200 questions at once, and a replica killed that %s', async (_what, victim, calls) => {
  await start();
  const tokens = submission();
  token.simulator.calls.reset();
  const { user_id } = tokens;
  await token.ask(storeTokens, tokens);
  // Until one of them is dead.
  token.simulator.addFault({ route: '/api/token', kind: 'slow', ms: 9_000, times: 1 });

  const answers: string[] = [];
  for (let asked = 0; asked < QUESTIONS; asked += 1) {
    token.ask(accessToken, { user_id }).then(
      ({ access_token }) => answers.push(access_token),
      // Asked of the replica that was killed.
      () => undefined,
    );
  }
  const busy = await refresher();
  const other = busy === 'one' ? 'two' : 'one';
  await kill(victim === 'waiting' ? other : busy);
  token.simulator.clearFaults();
  // It answers in the order in which it was asked, all of one refresh together.
  await eventually('the one that is left has answered', async () => answers.length > 0, 30_000);
  const { access_token } = await token.ask(accessToken, { user_id });
  expect(answers.length).toBeGreaterThan(QUESTIONS / 4);
  expect(new Set(answers)).toEqual(new Set([access_token]));
  expect(token.refreshCalls()).toBe(calls);
});
