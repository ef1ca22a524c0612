import { type Api, answerOf, type CallOptions, send } from './api.ts';
import { filledPath } from './encode.ts';
import { routeTable } from './route-table.ts';
import type { AnswerOf, InputOf, UploadRoute } from './route-types.ts';

/**
 * Uploads a file with its fields as a form.
 * @param file with its name: from a form of a page, or in Node `new File([await openAsBlob(path)], name)`.
 * @throws {ApiError} as `call`. @throws {ApiUnreachable} as `call`.
 */
export async function upload<K extends UploadRoute>(
  api: Api,
  route: K,
  input: InputOf<K>,
  file: File,
  options: CallOptions = {},
): Promise<AnswerOf<K>> {
  const { method, path: template } = routeTable[route];
  const { path, rest } = filledPath(template, input);
  const body = new FormData();
  // The API reads the fields before it takes the file.
  for (const [name, value] of Object.entries(rest)) if (value !== undefined) body.append(name, String(value));
  body.append('file', file);
  return (await answerOf(await send(api, path, { method, body }, options))) as AnswerOf<K>;
}
