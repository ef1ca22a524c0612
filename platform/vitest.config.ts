import { projects } from '../vitest.projects.js';

export default projects('src/test-kit/global-setup.ts', [], {
  isolate: false,
  // Telemetry is of a whole process; and a connection that is refused tries again for as long as its process lives.
  alone: ['test/telemetry.spec.ts', 'test/rpc.spec.ts', 'test/server-credentials.spec.ts'],
});
