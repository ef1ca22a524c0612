import { loadSettings } from '@undertone/platform/settings/load-settings';
import { type Environment, ServiceUnderTest } from '@undertone/platform/test-kit/service-under-test';
import type { Authenticate } from '../src/callers/authenticate.js';
import { gatewaySettings } from '../src/settings.js';
import { type RunningGateway, startGateway } from '../src/start-gateway.js';
import { type Call, caller } from './caller.js';
import { client, type Send } from './client.js';
import { ServicesBehind } from './services-behind.js';

/** A gateway with the two ways to call it. */
export interface CalledGateway extends RunningGateway {
  readonly call: Call;
  readonly send: Send;
}

/** A gateway on servers of its own, and the services behind it. */
export type TestSystem = ServiceUnderTest<CalledGateway> &
  // Of the first gateway.
  Pick<CalledGateway, 'url' | 'call' | 'send'> & { readonly behind: ServicesBehind };

export async function startSystem(settings: Environment = {}): Promise<TestSystem> {
  const system = await ServiceUnderTest.prepare({
    start: startCalled,
    settings: { AUTH_MODE: 'open' },
  });
  const behind = new ServicesBehind(system.infrastructure);
  await behind.answerAll();
  const { url, call, send } = await system.start(settings);
  return Object.assign(system, { behind, url, call, send });
}

/** @param authenticate says who calls; of `AUTH_MODE` by default. */
export async function startCalled(
  environment: Environment,
  authenticate?: Authenticate,
): Promise<CalledGateway> {
  const gateway = await startGateway(loadSettings('gateway', gatewaySettings, environment), authenticate);
  return { ...gateway, call: caller(gateway.url), send: client(gateway.url) };
}
