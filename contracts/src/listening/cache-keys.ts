import { canonicalJson } from '../canonical-json.js';
import type { SnapshotQuery } from './rpc.js';

/** The cached pages of a person's snapshots: ingestion fills and drops them, the gateway reads them first. */
export const snapshotsGroup = (userId: string): string => `v1:snapshots:${userId}`;

/** One page within the group; its value is a `snapshotPage`. */
export const snapshotsField = ({ user_id: _group, ...query }: SnapshotQuery): string => canonicalJson(query);
