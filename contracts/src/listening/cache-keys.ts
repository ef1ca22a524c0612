import { canonicalJson } from '../canonical-json.js';
import type { SnapshotQuery } from './rpc.js';
import type { TopQuestion } from './top.js';
import type { TrendsQuestion } from './trends.js';

/** What all pages of this file have in common: which tables they were read from. Those of another epoch are not read. */
export const listeningEpoch = 'v1:listening-epoch';

/** The cached pages of a person's snapshots: ingestion fills and drops them, the gateway reads them first. */
export const snapshotsGroup = (userId: string): string => `v1:snapshots:${userId}`;

/** One page within the group; its value is a `snapshotPage`. */
export const snapshotsField = ({ user_id: _group, ...query }: SnapshotQuery): string => canonicalJson(query);

/** The cached pages of what is counted over a person's plays, kept and read in the same way. */
export const playsGroup = (userId: string): string => `v1:plays:${userId}`;

/** One page within the group; its value is a `topPage`. */
export const topField = ({ user_id: _group, ...query }: TopQuestion): string => `top:${canonicalJson(query)}`;

/** One page within the group; its value is a `trendPage`. */
export const trendsField = ({ user_id: _group, ...query }: TrendsQuestion): string =>
  `trends:${canonicalJson(query)}`;
