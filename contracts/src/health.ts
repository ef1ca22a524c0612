import { z } from 'zod';
import { defineRpc } from './rpc.js';
import type { ServiceName } from './service-name.js';

export const dependencyState = z
  .object({ status: z.enum(['up', 'down']), detail: z.string().optional() })
  .meta({ id: 'DependencyState' });
export type DependencyState = z.output<typeof dependencyState>;

export const healthReport = z
  .object({ status: z.enum(['up', 'down']), dependencies: z.record(z.string(), dependencyState) })
  .meta({
    id: 'Health',
    description: 'Every dependency by name; a service’s own ones as `service/dependency`.',
  });
export type HealthReport = z.output<typeof healthReport>;

/** Every service behind the gateway answers how it and its dependencies are. */
export const healthOf = (service: ServiceName) =>
  defineRpc({ service, question: 'health', access: 'service', input: z.object({}), output: healthReport });
