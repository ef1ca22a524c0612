import { z } from 'zod';
import {
  connection,
  connectionPath,
  connectionsQuery,
  removedConnection,
  tokenUse,
  tokenUsesQuery,
} from '../token/connection.js';
import { queuedTask } from './queued-task.js';
import { defineRoute } from './route.js';

const tag = 'connections';
const path = '/api/connections/{provider}';

/** What a person trusted this system with: seeing it, who used it, and taking it back. */
export const connectionRoutes = {
  listConnections: defineRoute({
    id: 'listConnections',
    method: 'GET',
    path: '/api/connections',
    tag,
    summary: 'Read which providers you are connected to, and until when',
    access: { owner: 'user_id' },
    errors: [],
    input: connectionsQuery,
    from: 'query',
    success: { status: 200, body: z.array(connection), description: 'All of them; there are no more pages' },
  }),
  removeConnection: defineRoute({
    id: 'removeConnection',
    method: 'DELETE',
    path,
    tag,
    summary: 'Disconnect a provider',
    description: 'Its tokens are deleted at once. What was fetched with them stays.',
    access: { owner: 'user_id' },
    audit: ['provider'],
    errors: ['NOT_LINKED'],
    input: connectionPath,
    from: 'query',
    success: { status: 200, body: removedConnection, description: 'The tokens are gone' },
  }),
  removeProviderData: defineRoute({
    id: 'removeProviderData',
    method: 'DELETE',
    path: `${path}/data`,
    tag,
    summary: 'Disconnect a provider, and erase what was fetched from it',
    description:
      'Its tokens are deleted at once. A task erases the plays and lists that it told, the snapshots that were computed with them, and the insights that were written of those. What your exports told stays, and is counted again without the rest.',
    access: { owner: 'user_id' },
    audit: ['provider'],
    errors: ['USER_NOT_FOUND'],
    input: connectionPath,
    from: 'query',
    success: { status: 202, body: queuedTask, description: 'A task to follow' },
  }),
  listTokenUses: defineRoute({
    id: 'listTokenUses',
    method: 'GET',
    path: `${path}/uses`,
    tag,
    summary: 'Read who used your tokens, when, and for what',
    description: 'Newest first, of the last 90 days unless the operator keeps them for longer or shorter.',
    access: { owner: 'user_id' },
    errors: [],
    input: tokenUsesQuery,
    from: 'query',
    success: { status: 200, body: z.array(tokenUse), description: 'Uses; the next page is in `Link`' },
  }),
} as const;
