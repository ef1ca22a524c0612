import type { AskerName } from '@undertone/contracts/service-name';
import { provisionSettings } from '@undertone/platform/provision/provision-streams';
import { gatewaySettings } from '../../services/gateway/src/settings.js';
import { identitySettings } from '../../services/identity/src/settings.js';
import { ingestionSettings } from '../../services/ingestion/src/settings.js';
import { insightSettings } from '../../services/insight/src/settings.js';
import { schedulerSettings } from '../../services/scheduler/src/settings.js';
import { tokenSettings } from '../../services/token/src/settings.js';

/** Settings by service, as its schema names them. */
export const settings = Object.entries({
  gateway: gatewaySettings,
  identity: identitySettings,
  ingestion: ingestionSettings,
  insight: insightSettings,
  scheduler: schedulerSettings,
  token: tokenSettings,
}).map(([service, schema]) => ({ service: service as AskerName, names: Object.keys(schema.shape) }));

/** Of the program that makes the streams, by the name that compose has for it. */
export const settingsOfStreams = { service: 'streams', names: Object.keys(provisionSettings.shape) } as const;
