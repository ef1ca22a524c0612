/** The jobs that the earlier version's tasks are now; one job writes insights of every type. */
const jobOf: Readonly<Record<string, string>> = {
  refresh_token: 'refresh-token',
  ingest_listening_data: 'ingest-listening-data',
  refresh_expiring_tokens: 'refresh-expiring-tokens',
  generate_wellness_insight: 'generate-insight',
  generate_roast: 'generate-insight',
  generate_productivity_insight: 'generate-insight',
  ingest_all_users_data: 'ingest-all-users',
  generate_weekly_summaries: 'generate-weekly-summaries',
  monitor_failed_jobs: 'monitor-failed-jobs',
  cleanup_old_jobs: 'cleanup-old-jobs',
};

/** A job's type, as the earlier version or this one calls it. */
export const currentJobType = (name: string): string => jobOf[name] ?? name;

/** What the earlier version called jobs of these types. */
export const earlierNamesOf = (types: readonly string[]): string[] =>
  Object.keys(jobOf).filter((name) => types.includes(currentJobType(name)));
