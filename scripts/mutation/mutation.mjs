import { join } from 'node:path';
import { cloneRoot } from '../clone-paths.mjs';
import { runNode } from '../toolchain/run-node.mjs';

/** `npm run mutation`, on the toolchain of the clone. */
await runNode([join(cloneRoot, 'scripts/mutation/run-mutations.mjs'), ...process.argv.slice(2)]);
