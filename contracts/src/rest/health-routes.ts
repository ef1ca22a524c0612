import { z } from 'zod';
import { healthReport } from '../health.js';
import { defineRoute } from './route.js';

/** How the system is. */
export const healthRoutes = {
  health: defineRoute({
    id: 'health',
    method: 'GET',
    path: '/health',
    tag: 'health',
    summary: 'How the system and each dependency is',
    description: '503 with the same body when a dependency is down.',
    access: 'public',
    errors: [],
    input: z.strictObject({}),
    from: 'query',
    success: { status: 200, body: healthReport, description: 'All dependencies are up' },
  }),
} as const;
