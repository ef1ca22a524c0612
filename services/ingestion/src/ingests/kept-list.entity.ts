import { defineEntity, p } from '@mikro-orm/core';
import type { TimeRange } from '@undertone/contracts/listening/snapshot';

export type ListKind = 'tracks' | 'artists';

/**
 * What Spotify last gave as one of a person's lists. No read model: it saves the call for the one list when the other could
 * not be had, and the answer when the list has not changed. It may be emptied at any time.
 */
export const KeptList = defineEntity({
  name: 'KeptList',
  tableName: 'kept_list',
  properties: {
    userId: p.uuid().primary(),
    timeRange: p.string().$type<TimeRange>().primary(),
    kind: p.string().$type<ListKind>().primary(),
    /** Most listened first. */
    ids: p.json<string[]>(),
    /** By which Spotify knows the list again; null: it gave none. */
    etag: p.string().nullable(),
    fetchedAt: p.datetime(),
  },
});
