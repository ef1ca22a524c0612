import { type DependencyState, type HealthReport, healthOf } from '@undertone/contracts/health';
import { type ServiceName, serviceNames } from '@undertone/contracts/service-name';
import { checkHealth, type HealthCheck } from '@undertone/platform/health/health';
import type { RpcClient } from '@undertone/platform/rpc/rpc-client';

/**
 * How the gateway's own dependencies, every service and every dependency of theirs are; a service's are named
 * `service/dependency`.
 */
export async function systemHealth(
  own: Readonly<Record<string, HealthCheck>>,
  rpc: RpcClient,
): Promise<HealthReport> {
  const theirs: Record<string, DependencyState> = {};
  const askService = (service: ServiceName): HealthCheck => {
    return async () => {
      const report = await rpc.ask(healthOf(service), {});
      for (const [name, state] of Object.entries(report.dependencies)) theirs[`${service}/${name}`] = state;
      return { status: report.status };
    };
  };
  const services = Object.fromEntries(serviceNames.map((service) => [service, askService(service)]));
  const report = await checkHealth({ ...own, ...services });
  const all = { ...report.dependencies, ...theirs };
  return { status: report.status, dependencies: Object.fromEntries(Object.entries(all).sort()) };
}
