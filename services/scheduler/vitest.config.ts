import { projects } from '../../vitest.projects.js';

export default projects('../../platform/src/test-kit/global-setup.ts', ['test/decide-many.spec.ts'], {
  isolate: false,
});
