import { Controller, type Type } from '@nestjs/common';
import { getWorker, type WorkedLane, type Worker } from '@undertone/contracts/operations/worker';
import type { ServiceName } from '@undertone/contracts/service-name';
import { Answers } from './answers.js';
import { version } from './release.js';

/** The controller that says which replica this is, and what it works on. */
export function workerController(
  service: ServiceName,
  instance: string,
  lanes: () => WorkedLane[],
): Type<unknown> {
  const startedAt = new Date().toISOString();
  @Controller()
  class WorkerController {
    @Answers(getWorker(service))
    describe(): Worker {
      return { service, instance, version, started_at: startedAt, lanes: lanes() };
    }
  }
  return WorkerController;
}
