import { servicePrincipal } from '@undertone/contracts/access/principal';
import { newId } from '@undertone/platform/ids/ids';
import { RpcClient } from '@undertone/platform/rpc/rpc-client';
import { startInfrastructure, type TestInfrastructure } from '@undertone/platform/test-kit/infrastructure';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { KnownUsers } from '../src/users/known-users.js';
import { ServicesBehind } from './services-behind.js';

describe('a user that the gateway knows', () => {
  let infrastructure: TestInfrastructure;
  let behind: ServicesBehind;
  let users: KnownUsers;
  let now: number;
  beforeAll(async () => {
    infrastructure = await startInfrastructure([]);
    const nats = await infrastructure.connect();
    behind = new ServicesBehind(infrastructure);
    await behind.answerAll();
    users = new KnownUsers(new RpcClient(nats, servicePrincipal('gateway')), () => now);
  });
  afterAll(() => infrastructure.stop());
  beforeEach(() => {
    now = Date.parse('2026-11-20T08:00:00Z');
    behind.questions.length = 0;
  });

  const register = () => {
    const userId = newId();
    behind.users.set(`spotify-${userId}`, userId);
    return { userId, erase: () => behind.users.delete(`spotify-${userId}`) };
  };

  it('is not asked about again for a minute, and is then', async () => {
    const { userId, erase } = register();
    await users.mustExist(userId);
    erase();
    now += 59_999;
    await users.mustExist(userId);
    expect(behind.questions).toHaveLength(1);
    now += 1;
    await expect(users.mustExist(userId)).rejects.toMatchObject({ code: 'USER_NOT_FOUND' });
    expect(behind.questions).toHaveLength(2);
  });

  it('is known for a minute from the last answer, not from the last question', async () => {
    const { userId } = register();
    await users.mustExist(userId);
    for (let asked = 0; asked < 3; asked += 1) {
      now += 20_000;
      await users.mustExist(userId);
    }
    expect(behind.questions).toHaveLength(2);
  });

  it('is asked about each time while there is none', async () => {
    const userId = newId();
    for (let asked = 1; asked <= 2; asked += 1) {
      await expect(users.mustExist(userId)).rejects.toMatchObject({ code: 'USER_NOT_FOUND' });
      expect(behind.questions).toHaveLength(asked);
    }
  });
});
