/** Of JSON: what a page may have beside its envelope, well within the 1 MiB that NATS takes in one message. */
const PAGE_BYTES = 512 * 1024;

/** How many of a page's items are sent together, from the first on: as many as fit, and always one. */
export function fitting(items: readonly unknown[]): number {
  let bytes = 0;
  for (const [index, item] of items.entries()) {
    bytes += Buffer.byteLength(JSON.stringify(item) ?? '') + 1;
    if (bytes > PAGE_BYTES) return Math.max(index, 1);
  }
  return items.length;
}
