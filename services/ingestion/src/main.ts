import { runMain } from '@undertone/platform/nest/run-main';
import { startIngestion } from './start-ingestion.js';

await runMain('ingestion', () => startIngestion(process.env));
