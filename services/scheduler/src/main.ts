import { runMain } from '@undertone/platform/nest/run-main';
import { startScheduler } from './start-scheduler.js';

await runMain('scheduler', () => startScheduler(process.env));
