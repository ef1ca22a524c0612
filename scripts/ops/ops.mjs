import { join } from 'node:path';
import { cloneRoot } from '../clone-paths.mjs';
import { gatewayUrl } from '../settings/gateway-url.mjs';
import { runNode } from '../toolchain/run-node.mjs';

/**
 * The operators' command line, on the toolchain of the clone: it is not compiled, so there is nothing to build, and
 * what it imports of the workspace is taken as source, too.
 */
await runNode(
  ['--conditions=undertone-source', join(cloneRoot, 'ops/src/main.ts'), ...process.argv.slice(2)],
  () => ({ UNDERTONE_URL: gatewayUrl() }),
);
