import { runMain } from '@undertone/platform/nest/run-main';
import { startToken } from './token.js';

await runMain('token', () => startToken(process.env));
