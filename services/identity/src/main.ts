import { runMain } from '@undertone/platform/nest/run-main';
import { startIdentity } from './start-identity.js';

await runMain('identity', () => startIdentity(process.env));
