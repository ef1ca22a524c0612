import { Controller } from '@nestjs/common';
import { consumers } from '@undertone/contracts/consumers';
import { JobsCounted } from '@undertone/contracts/job-totals/jobs-counted';
import { writeRows } from '@undertone/platform/database/write-rows';
import { type ProjectionBatch, Projects } from '@undertone/platform/nest/jetstream-handlers';
import { JobTotal } from '../jobs/job-total.entity.js';

/** Keeps `job_total`: a day is counted once, in one event. */
@Controller()
export class JobTotalsProjection {
  @Projects(consumers.jobTotals)
  async apply({ events, em }: ProjectionBatch): Promise<undefined> {
    const totals = events.flatMap((event) => {
      const counted = JobsCounted.read(event);
      return (counted?.types ?? []).map(({ job_type: jobType, ...counts }) => ({
        day: counted?.day ?? '',
        jobType,
        ...counts,
      }));
    });
    await writeRows(em, JobTotal, totals, 'update');
    return undefined;
  }
}
