import { projects } from '../../vitest.projects.js';

export default projects('../../platform/src/test-kit/global-setup.ts', [], { isolate: false });
