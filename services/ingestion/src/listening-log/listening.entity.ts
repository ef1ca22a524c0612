import { defineEntity, p } from '@mikro-orm/core';
import type { Listening } from './listening.js';

/** Read model: each person's `Listening`. */
export const ListeningState = defineEntity({
  name: 'ListeningState',
  tableName: 'listening',
  properties: {
    userId: p.uuid().primary(),
    state: p.json<Listening>(),
  },
});
