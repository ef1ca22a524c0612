import { canonicalJson } from '../canonical-json.js';
import type { InsightQuery } from './rpc.js';

/** The cached pages of a person's insights: the insight service fills and drops them, the gateway reads them first. */
export const insightsGroup = (userId: string): string => `v1:insights:${userId}`;

/** One page within the group; its value is an `insightPage`. */
export const insightsField = ({ user_id: _group, ...query }: InsightQuery): string => canonicalJson(query);

/**
 * What everybody's pages have in common: which replays are shown. Cached pages of another epoch than this key names
 * are not read, so activating a replay switches all of them at once.
 */
export const insightsEpoch = 'v1:insights-epoch';

/** One insight by its id, under `insightField`; its value is an `insight`. */
export const insightGroup = (insightId: string): string => `v1:insight:${insightId}`;
export const insightField = 'insight';
