import { projects } from '../../vitest.projects.js';

export default projects(
  '../../platform/src/test-kit/global-setup.ts',
  ['test/week.spec.ts', 'test/orders.spec.ts', 'test/shares.spec.ts'],
  { isolate: false },
);
