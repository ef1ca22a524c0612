import { runMain } from '@undertone/platform/nest/run-main';
import { startInsight } from './start-insight.js';

await runMain('insight', () => startInsight(process.env));
