import { Controller, Get, HttpException, type Type } from '@nestjs/common';
import { type HealthReport, healthOf } from '@undertone/contracts/health';
import type { ServiceName } from '@undertone/contracts/service-name';
import { checkHealth, type HealthCheck } from '../health/health.js';
import { Answers } from './answers.js';

/** The controller that says how a service is: to the orchestrator over HTTP, to the gateway over NATS. */
export function healthController(
  service: ServiceName,
  checks: Readonly<Record<string, HealthCheck>>,
): Type<unknown> {
  @Controller()
  class HealthController {
    @Get('livez')
    live(): { status: 'up' } {
      return { status: 'up' };
    }

    /** 503 while something is missing without which this replica cannot work; Redis is not such a thing. */
    @Get('readyz')
    async ready(): Promise<HealthReport> {
      const { redis: _optional, ...needed } = checks;
      const report = await checkHealth(needed);
      if (report.status === 'down') throw new HttpException(report, 503);
      return report;
    }

    @Answers(healthOf(service))
    health(): Promise<HealthReport> {
      return checkHealth(checks);
    }
  }
  return HealthController;
}
