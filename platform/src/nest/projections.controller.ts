import { Controller, type Type } from '@nestjs/common';
import { listProjections, type ProjectionPlace } from '@undertone/contracts/operations/projection';
import type { RebuildState } from '@undertone/contracts/rebuild';
import { Answers } from './answers.js';

/** Answers how far the service's projections are. */
export function projectionsController(
  service: RebuildState['service'],
  places: () => Promise<ProjectionPlace[]>,
): Type<unknown> {
  @Controller()
  class ProjectionsController {
    @Answers(listProjections(service))
    async list(): Promise<{ projections: ProjectionPlace[] }> {
      return { projections: await places() };
    }
  }
  return ProjectionsController;
}
