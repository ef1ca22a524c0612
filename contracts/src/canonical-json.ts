/**
 * A flat query as text that is the same whatever the order of its fields; absent fields are left out. It names
 * an answer in a cache, so that whoever fills it and whoever reads it agree.
 */
export const canonicalJson = (query: Readonly<Record<string, string | number | undefined>>): string =>
  JSON.stringify(
    Object.fromEntries(
      Object.entries(query)
        .filter(([, value]) => value !== undefined)
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    ),
  );
