import { folderCycles } from './folder-graph.mjs';

/** How many of the imports between two rooms are named. */
const EXAMPLES = 2;

/**
 * A line for each room, with the rooms it imports from.
 *
 * @param {string} name of the package
 * @param {import('./folder-graph.mjs').FolderGraph} graph
 */
export function describeGraph(name, graph) {
  const width = Math.max(0, ...[...graph.keys()].map((room) => room.length));
  const lines = [...graph].map(([room, edges]) =>
    `  ${room.padEnd(width)}${edges.size > 0 ? `  → ${[...edges.keys()].sort().join(', ')}` : ''}`.trimEnd(),
  );
  return [`${name}: ${graph.size} rooms`, ...lines, ...describeCycles(name, graph)].join('\n');
}

/**
 * A text for each cycle, with the imports that tie it.
 *
 * @param {string} name of the package
 * @param {import('./folder-graph.mjs').FolderGraph} graph
 * @returns {string[]}
 */
export const describeCycles = (name, graph) =>
  folderCycles(graph).map((rooms) => {
    const lines = rooms.flatMap((room) =>
      [...(graph.get(room) ?? [])]
        .filter(([to]) => rooms.includes(to))
        .map(([to, imports]) => `  ${room} → ${to}: ${examples(imports)}`),
    );
    return [`${name}: a cycle of ${rooms.length} rooms: ${rooms.join(', ')}`, ...lines].join('\n');
  });

/** @param {import('./imports.mjs').Import[]} imports */
function examples(imports) {
  const named = imports.slice(0, EXAMPLES).map(({ from, to }) => `${from} imports ${to}`);
  const more = imports.length - named.length;
  return `${named.join('; ')}${more > 0 ? `; and ${more} more` : ''}`;
}
