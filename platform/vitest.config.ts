import { projects } from '../vitest.projects.js';

export default projects('src/test-kit/global-setup.ts', [], {
  isolate: false,
  // Telemetry is of a whole process.
  alone: ['test/telemetry.spec.ts', 'test/rpc.spec.ts'],
});
