import { runMain } from '@undertone/platform/nest/run-main';
import { startScheduler } from './scheduler.js';

await runMain('scheduler', () => startScheduler(process.env));
