import type { RouteDefinition } from '@undertone/contracts/rest/route';
import { placeholders } from './access-input.js';

/**
 * The request for a route, at an address, with a bearer token or without.
 * @param given the route's input, and what it has no field for, which is left out.
 */
export function requestOf(
  route: RouteDefinition,
  given: Readonly<Record<string, unknown>>,
  base: string,
  token: string | undefined,
): Request {
  const input = Object.fromEntries(Object.entries(given).filter(([field]) => field in route.input.shape));
  const path = route.path.replaceAll(/\{(\w+)\}/g, (_, field: string) => {
    const value = input[field] ?? placeholders[field];
    delete input[field];
    return String(value);
  });
  const url = new URL(path, base);
  const headers: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {};
  const init: RequestInit = { method: route.method, headers, redirect: 'manual' };
  if (route.from === 'multipart') {
    const form = new FormData();
    for (const [field, value] of Object.entries(input)) form.append(field, String(value));
    form.append('file', new Blob(['[]']), 'Streaming_History_Audio_2025.json');
    init.body = form;
  } else if (route.from === 'query') {
    for (const [field, value] of Object.entries(input)) url.searchParams.set(field, String(value));
  } else {
    headers['content-type'] = 'application/json';
    init.body = JSON.stringify(input);
  }
  return new Request(url, init);
}
