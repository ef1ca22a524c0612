import { posix } from 'node:path';

/** @typedef {import('./imports.mjs').Import} Import */

/**
 * The rooms of a package, and for each the rooms it imports from, with the imports that lead there. Rooms stand in an
 * order in which each imports only later ones, apart from cycles.
 *
 * @typedef {Map<string, Map<string, Import[]>>} FolderGraph
 */

/**
 * A folder is a room. A file that stands in no folder is one of its own: it is a primitive that all may import, or puts
 * the package together, and as one room with the others it would tie every package into a knot.
 *
 * @param {string} file path in the package
 */
export function roomOf(file) {
  const inside = file.replace(/^src\//, '');
  return inside.includes('/') ? posix.dirname(inside) : inside;
}

/**
 * @param {Import[]} imports
 * @returns {FolderGraph}
 */
export function folderGraph(imports) {
  /** @type {FolderGraph} */
  const graph = new Map();
  for (const entry of imports) {
    const [from, to] = [roomOf(entry.from), roomOf(entry.to)];
    for (const room of [from, to]) if (!graph.has(room)) graph.set(room, new Map());
    if (from === to) continue;
    const edges = graph.get(from);
    edges?.set(to, [...(edges.get(to) ?? []), entry]);
  }
  const order = components(graph).flat();
  return new Map(order.map((room) => [room, graph.get(room) ?? new Map()]));
}

/**
 * Rooms that import each other, directly or through others; each knot of them once.
 *
 * @param {FolderGraph} graph
 * @returns {string[][]}
 */
export const folderCycles = (graph) => components(graph).filter((rooms) => rooms.length > 1);

/**
 * The strongly connected components, the one that imports the others first (Tarjan, 1972).
 *
 * @param {FolderGraph} graph
 * @returns {string[][]}
 */
function components(graph) {
  /** @type {Map<string, { index: number, low: number, open: boolean }>} */
  const visits = new Map();
  /** @type {string[]} */
  const open = [];
  /** @type {string[][]} */
  const found = [];

  /** @param {string} room */
  function visit(room) {
    const own = { index: visits.size, low: visits.size, open: true };
    visits.set(room, own);
    open.push(room);
    for (const next of [...(graph.get(room)?.keys() ?? [])].sort()) {
      const seen = visits.get(next) ?? visit(next);
      if (seen.open) own.low = Math.min(own.low, seen.low);
    }
    if (own.low === own.index) {
      const component = open.splice(open.indexOf(room));
      for (const member of component) Object.assign(visits.get(member) ?? {}, { open: false });
      found.push(component.sort());
    }
    return own;
  }

  for (const room of [...graph.keys()].sort()) if (!visits.has(room)) visit(room);
  return found.reverse();
}
