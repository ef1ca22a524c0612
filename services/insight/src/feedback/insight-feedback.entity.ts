import { defineEntity, p } from '@mikro-orm/core';

/** Read model: what the reader of an insight said of it last. */
export const InsightFeedback = defineEntity({
  name: 'InsightFeedback',
  tableName: 'insight_feedback',
  properties: {
    insightId: p.uuid().primary(),
    userId: p.uuid(),
    helpful: p.boolean(),
    givenAt: p.datetime(),
    /** Of its event in the log. */
    sequence: p.bigint('number'),
  },
});
