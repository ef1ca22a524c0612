/** An input's fields; the functions that take one know its type. */
export type Fields = Readonly<Record<string, unknown>>;

/** The path with its parameters filled in, and the fields that stand elsewhere. */
export function filledPath(path: string, input: Fields): { path: string; rest: Fields } {
  const rest = { ...input };
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = input[name];
    delete rest[name];
    // A URL would take dots for steps in the path, encoded or not.
    if (value === undefined || value === '' || value === '.' || value === '..')
      throw new TypeError(`${name} cannot be ${JSON.stringify(value)} in ${path}`);
    return encodeURIComponent(String(value));
  });
  return { path: filled, rest };
}

/** Fields as a query with its `?`, or nothing; those that are `undefined` are left out. */
export function queryOf(fields: Fields): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    if (typeof value === 'object')
      throw new TypeError(`${name} does not fit into a query: it is not one value`);
    query.set(name, String(value));
  }
  return query.size === 0 ? '' : `?${query}`;
}
