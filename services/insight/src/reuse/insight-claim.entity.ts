import { defineEntity, p } from '@mikro-orm/core';

/** Who is writing an insight of a reuse key at this moment. No read model: rows live as long as the writing. */
export const InsightClaim = defineEntity({
  name: 'InsightClaim',
  tableName: 'insight_claim',
  properties: {
    key: p.string().primary(),
    /** The job that writes. */
    holder: p.uuid(),
    /** When the claim ends unless its holder says that it is still at it. */
    expiresAt: p.datetime(),
    /** What the holder wrote; who waited takes it, whichever model answered. */
    insightId: p.uuid().nullable(),
  },
});
