import { cloneRoot } from '../clone-paths.mjs';
import { describe, ExplainedError } from '../explained-error.mjs';
import { describeGraph } from './describe-rooms.mjs';
import { folderGraph } from './folder-graph.mjs';
import { readImports } from './imports.mjs';
import { packagesWithRooms } from './packages.mjs';

/** Prints the folder graph of the packages that are named, or of all: `npm run rooms gateway`. */
const all = packagesWithRooms(cloneRoot);
try {
  const named = process.argv.slice(2).map((name) => {
    const found = all.find((folder) => folder === name || folder === `services/${name}`);
    if (found === undefined) throw new ExplainedError(`There is no ${name}; there are ${all.join(', ')}.`);
    return found;
  });
  for (const folder of named.length > 0 ? named : all) {
    console.log(`${describeGraph(folder, folderGraph(await readImports(cloneRoot, folder)))}\n`);
  }
} catch (error) {
  console.error(`\n${describe(error)}\n`);
  process.exitCode = 1;
}
