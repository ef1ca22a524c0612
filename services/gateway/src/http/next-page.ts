/**
 * `Link` to the next page of a list (RFC 8288), or no header on the last one.
 * @param path of the list.
 * @param query of this page, as it was understood.
 * @param next the cursor of the next page.
 */
export function nextPage(
  path: string,
  query: Readonly<Record<string, string | number | undefined>>,
  next: string | null,
): Record<string, string> {
  if (next === null) return {};
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, `${value}`);
  search.set('cursor', next);
  return { link: `<${path}?${search}>; rel="next"` };
}
