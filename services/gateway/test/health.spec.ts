import { healthOf } from '@undertone/contracts/health';
import { serviceNames } from '@undertone/contracts/service-name';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Call } from './caller.js';
import { conforms } from './conforms.js';
import { startSystem, type TestSystem } from './system.js';

let system: TestSystem;
beforeAll(async () => {
  system = await startSystem();
});
afterEach(() => system.behind.answerAll());
afterAll(() => system.stop());

const call: Call = (route, ...given) => system.call(route, ...given);

describe('health', () => {
  it('names every dependency', async () => {
    const { dependencies } = await call('health');
    const own = ['nats', 'redis'];
    expect(Object.keys(dependencies).sort()).toEqual(
      [...own, ...serviceNames, ...serviceNames.map((name) => `${name}/nats`)].sort(),
    );
  });

  it('is down when something behind a service is, or a service is gone', async () => {
    const down = { status: 'down', detail: 'no connection' } as const;
    await system.behind.answer(healthOf('token'), () => ({ ...down, dependencies: { postgres: down } }));
    await system.behind.silence(healthOf('insight'));
    const reply = await system.send('GET', '/health');
    conforms('health', reply);
    expect(reply.status).toBe(503);
    expect(reply.body).toMatchObject({
      status: 'down',
      dependencies: {
        'token/postgres': down,
        token: { status: 'down' },
        insight: { status: 'down' },
        identity: { status: 'up' },
      },
    });
  });

  it('is not what probes ask', async () => {
    await system.behind.silence(healthOf('insight'));
    expect((await system.send('GET', '/livez')).status).toBe(200);
    expect((await system.send('GET', '/readyz')).status).toBe(200);
  });
});
