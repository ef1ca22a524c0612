import { firstKey } from './keys.js';

/** Of a release that is kept, and of those that its data is put under later. */
export const environmentOf = (llmUrl: string) => ({
  FIELD_ENCRYPTION_KEY: firstKey,
  INSIGHT_ENGINE: 'openai',
  OPENAI_BASE_URL: `${llmUrl}/v1`,
  OPENAI_API_KEY: 'of-the-simulator',
  LLM_MODEL: 'undertone-sim-1',
  // So seldom that no test meets one; the one that is fired by hand is paused then.
  INGEST_SCHEDULE: '0 0 3 1 1 *',
  SUMMARY_SCHEDULE: '0 0 6 1 1 *',
  DAILY_INSIGHT_SCHEDULE: 'off',
  REFRESH_SCHEDULE: 'off',
  MONITOR_SCHEDULE: 'off',
  ZONE_SCHEDULE: 'off',
  CLEANUP_SCHEDULE: 'off',
});
