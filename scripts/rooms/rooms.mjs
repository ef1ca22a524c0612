import { join } from 'node:path';
import { cloneRoot } from '../clone-paths.mjs';
import { runNode } from '../toolchain/run-node.mjs';

/** `npm run rooms`, on the toolchain of the clone. */
await runNode([join(cloneRoot, 'scripts/rooms/print-rooms.mjs'), ...process.argv.slice(2)]);
