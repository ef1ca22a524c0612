import { runMain } from '@undertone/platform/nest/run-main';
import { startIdentity } from './identity.js';

await runMain('identity', () => startIdentity(process.env));
