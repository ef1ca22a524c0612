import { Controller, type Type } from '@nestjs/common';
import { getSystem, type ModelBudgets, type ServicePart } from '@undertone/contracts/operations/system';
import { getWorker, type WorkedLane, type Worker } from '@undertone/contracts/operations/worker';
import type { ServiceName } from '@undertone/contracts/service-name';
import type { ServiceStores } from '../operations/service-stores.js';
import { Answers } from './answers.js';
import { version } from './release.js';

/** The controller that says which replica this is, what it works on, and how large its service's stores are. */
export function operationsController(
  service: ServiceName,
  instance: string,
  lanes: () => WorkedLane[],
  stores: ServiceStores,
  budgets?: () => Promise<ModelBudgets>,
): Type<unknown> {
  const startedAt = new Date().toISOString();
  @Controller()
  class OperationsController {
    @Answers(getWorker(service))
    worker(): Worker {
      return { service, instance, version, started_at: startedAt, lanes: lanes() };
    }

    @Answers(getSystem(service))
    async system(): Promise<ServicePart> {
      const [database, streams, today] = await Promise.all([
        stores.database(),
        stores.streams(),
        budgets?.(),
      ]);
      const { rss: memory_bytes } = process.memoryUsage();
      return { service, version, node: process.version, memory_bytes, database, streams, budgets: today };
    }
  }
  return OperationsController;
}
