import { runMain } from '@undertone/platform/nest/run-main';
import { loadSettings } from '@undertone/platform/settings/load-settings';
import { gatewaySettings } from './settings.js';
import { startGateway } from './start-gateway.js';

await runMain('gateway', () => startGateway(loadSettings('gateway', gatewaySettings, process.env)));
