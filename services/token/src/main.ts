import { runMain } from '@undertone/platform/nest/run-main';
import { startToken } from './start-token.js';

await runMain('token', () => startToken(process.env));
