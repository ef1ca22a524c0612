import { loadSettings } from '@undertone/platform/settings/load-settings';
import { startInfrastructure, type TestInfrastructure } from '@undertone/platform/test-kit/infrastructure';
import { gatewaySettings } from '../src/settings.js';
import { type RunningGateway, startGateway } from '../src/start-gateway.js';
import { type Call, caller } from './caller.js';
import { client, type Send } from './client.js';
import { ServicesBehind } from './services-behind.js';

/** A gateway on servers of its own, and the services behind it. */
export interface TestSystem {
  readonly infrastructure: TestInfrastructure;
  readonly behind: ServicesBehind;
  readonly url: string;
  readonly call: Call;
  readonly send: Send;
  /** One more gateway on the same servers, with other settings. */
  another(
    settings: Record<string, string>,
  ): Promise<RunningGateway & { readonly call: Call; readonly send: Send }>;
  stop(): Promise<void>;
}

export async function startSystem(settings: Record<string, string> = {}): Promise<TestSystem> {
  const infrastructure = await startInfrastructure([]);
  const behind = new ServicesBehind(await infrastructure.connect());
  await behind.answerAll();
  const gateways: RunningGateway[] = [];
  const start = async (more: Record<string, string>) => {
    const environment = { ...infrastructure.environment('none'), AUTH_MODE: 'open', ...more };
    const gateway = await startGateway(loadSettings('gateway', gatewaySettings, environment));
    gateways.push(gateway);
    return { ...gateway, call: caller(gateway.url), send: client(gateway.url) };
  };
  const { url, call, send } = await start(settings);
  return {
    infrastructure,
    behind,
    url,
    call,
    send,
    another: start,
    async stop() {
      await Promise.all(gateways.map((gateway) => gateway.close()));
      await infrastructure.stop();
    },
  };
}
