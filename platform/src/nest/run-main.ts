import { startTelemetry } from '../telemetry/start.js';

/**
 * A service's `main`: starts telemetry, then the service, and stops both on SIGTERM or SIGINT. A start or a
 * stop that fails says why and exits with 1.
 */
export async function runMain(name: string, start: () => Promise<{ close(): Promise<void> }>): Promise<void> {
  const telemetry = startTelemetry(name, process.env);
  try {
    const service = await start();
    let stopping = false;
    const stop = async () => {
      if (stopping) process.exit(130);
      stopping = true;
      let code = 0;
      try {
        await service.close();
      } catch (error) {
        console.error(error);
        code = 1;
      }
      await telemetry.stop();
      process.exit(code);
    };
    process.on('SIGTERM', stop);
    process.on('SIGINT', stop);
  } catch (error) {
    const expected = error instanceof Error && 'code' in error && error.name === 'InvalidSettings';
    console.error(expected ? (error as Error).message : error);
    await telemetry.stop();
    process.exit(1);
  }
}
