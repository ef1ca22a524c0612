import type { routes } from '@undertone/contracts/rest/routes';
import { newId } from '@undertone/platform/ids/ids';
import { PASSWORD } from './access-callers.js';

export const tokens = { access_token: 'a', refresh_token: 'b', expires_in: 3600, scope: 'user-top-read' };

/** What a route needs beside ids. Admins' routes get none of it: their callers are refused or told what is missing. */
export const more: Partial<Record<keyof typeof routes, object>> = {
  registerUser: { display_name: 'Zoe' },
  storeTokens: tokens,
  wellnessInsight: { access_token: 'sim-access-newcomer', timeout: 1 },
  listTokenUses: { provider: 'spotify' },
  ingestListening: { time_range: 'medium_term' },
  listTop: { kind: 'artists' },
  chooseListenThreshold: { min_seconds: 30, min_share: null },
  generateInsight: { insight_type: 'wellness' },
  giveFeedback: { helpful: true },
  createApiKey: { name: 'made', scopes: ['read'] },
  downloadExport: { code: 'x'.repeat(43) },
  changePassword: { current_password: PASSWORD, new_password: PASSWORD },
};

/** In the path of an admin's route, and of a page: nothing has such a name. */
export const placeholders: Record<string, string> = {
  replay_id: newId(),
  projection: 'none',
  dead_letter: 'none',
  task_id: newId(),
  name: 'none',
  queue: 'none',
  provider: 'none',
};
