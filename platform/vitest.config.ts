import { projects } from '../vitest.projects.js';

export default projects('src/test-kit/global-setup.ts');
