import { cloneRoot } from '../clone-paths.mjs';
import { describe } from '../explained-error.mjs';
import { describeCycles } from './describe-rooms.mjs';
import { folderGraph } from './folder-graph.mjs';
import { readImports } from './imports.mjs';
import { packagesWithRooms } from './packages.mjs';

/** Refuses folders that import each other in a circle. Part of `lint`. */
try {
  const folders = packagesWithRooms(cloneRoot);
  const cycles = [];
  for (const folder of folders) {
    cycles.push(...describeCycles(folder, folderGraph(await readImports(cloneRoot, folder))));
  }
  if (cycles.length === 0) {
    console.log(`Folders import each other in one direction, in ${folders.length} packages.`);
  } else {
    console.error(`${cycles.join('\n\n')}\n\nFolders have to import each other in one direction.`);
    process.exitCode = 1;
  }
} catch (error) {
  console.error(describe(error));
  process.exitCode = 1;
}
