import { needsFreshProof, ownerFields, sessionOf } from '@undertone/contracts/access/access';
import { healthReport } from '@undertone/contracts/health';
import {
  SOCKET_BEARER_PREFIX,
  SOCKET_PATH,
  SOCKET_PROTOCOL,
  socketCommand,
  socketMessage,
} from '@undertone/contracts/live/socket';
import { problem } from '@undertone/contracts/rest/problem';
import type { RouteDefinition } from '@undertone/contracts/rest/route';
import { routes } from '@undertone/contracts/rest/routes';
import { z } from 'zod';
import {
  type CreateDocumentOptions,
  createDocument,
  type ZodOpenApiObject,
  type ZodOpenApiOperationObject,
  type ZodOpenApiPathsObject,
} from 'zod-openapi';
import { notDoneYet, nothingToCome, orUnhealthy, problemResponses, success } from './openapi-responses.ts';
import { quiet } from './quiet.ts';
import { sorted } from './sorted.ts';

const tags: Record<string, string> = {
  users: 'People who use this installation.',
  'personal-data': 'All that the installation has of a person: erasing it.',
  tokens: 'Links to a person’s Spotify account. Tokens go in and never come out.',
  connections: 'Which providers a person trusts this installation with: until when, what for, and no longer.',
  listening:
    'Fetching what a person listens to, the daily snapshots computed from it, and the history: plays, trends, tops.',
  imports: 'Spotify data exports: uploading one, and what became of every row of it.',
  exports: 'All that is kept of a person, for them to take along.',
  insights: 'Texts written from a snapshot.',
  prompts:
    'For operators: what language models are asked, in versions that never change. In open mode whoever reaches the API is the operator.',
  replays:
    'For operators: writing the insights of past snapshots again with another version of a prompt, and showing them all at once.',
  rebuilds: 'For operators: read models, built anew from the log while they are read.',
  'dead-letters': 'For operators: messages that the server stopped delivering.',
  keys: 'For operators: the keys that encrypt what is kept of people, by name, and their rotation.',
  'sign-in': 'Signing in, the sessions that come of it, and keys for programs.',
  accounts: 'For operators: who may sign in, and as what.',
  audit: 'For operators: who did what, and what was denied.',
  schedules: 'For operators: what runs by itself at set times.',
  jobs: 'For operators: the tasks of everybody, found and looked into.',
  operations: 'For operators: how queues, replicas, read models and servers are at work.',
  tasks:
    'What became of long work: every 202 hands out a task to follow. For operators it is a job, with the same id.',
  health: 'How the system and everything it depends on is.',
};

const description = `
Undertone turns what a person listens to into daily listening snapshots and written insights.

Long work is answered at once with \`202\`, a \`task_id\` and a \`Location\` to follow. Errors are problem details
(RFC 9457); a path answers a method that it does not have with 405 and \`Allow\`. Times are ISO 8601 in UTC, ids are UUIDs, unknown fields are refused.

**Open mode.** With \`AUTH_MODE=open\` nobody signs in: the API listens on loopback only, and whoever reaches it
acts for every user by naming a \`user_id\`. It is meant for a machine of one’s own and does not start in
production.

**Accounts.** With \`AUTH_MODE=accounts\` people sign in at \`/api/auth/login\`. A program sends the access token, or a key, as
\`Authorization: Bearer …\`; a browser is given cookies that no script can read.
`.trim();

const idempotencyKey = z
  .string()
  .min(1)
  .max(255)
  .optional()
  .meta({
    description:
      'Any text of the client’s own, for one operation and, on what belongs to a person, for one person. The same key with the ' +
      'same request does the work once, for a day at least; with another request it is refused with 422. A repeat ' +
      'gives the same answer, or, where something else was written since, how it is now.',
    param: { in: 'header', name: 'Idempotency-Key', id: 'IdempotencyKey' },
  });

const uploadedFile = z.string().meta({
  description: 'The file itself; its name is kept without its folder.',
  format: 'binary',
  contentMediaType: 'application/octet-stream',
});

const namesOf = (schema: z.ZodObject): string[] => Object.keys(schema.shape);
const only = (schema: z.ZodObject, names: readonly string[]): z.ZodObject =>
  z.strictObject(Object.fromEntries(Object.entries(schema.shape).filter(([name]) => names.includes(name))));

/** Whether a field may stand in the query as well as in the body. */
const isEitherWay = ({ from }: RouteDefinition): boolean => from === 'query-or-body' || from === 'multipart';

const jsonAsText = z.string().meta({
  description: 'The same JSON; a body without a media type is read so as well.',
  contentMediaType: 'application/json',
});

/** The media types that a body may have. */
const jsonContent = ({ textBody }: RouteDefinition, schema: z.ZodType) => ({
  'application/json': { schema },
  ...(textBody && { 'text/plain': { schema: jsonAsText } }),
});

/** The fields that are no part of the path, and which of them have to be given. */
function outsideOfPath({ path, input }: RouteDefinition) {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] as string);
  const names = namesOf(input).filter((name) => !inPath.includes(name));
  const needed = names.filter((name) => {
    const field: unknown = input.shape[name];
    return field instanceof z.ZodType && !field.safeParse(undefined).success;
  });
  return { inPath, names, needed };
}

/** Where each field of the input stands. */
function request(
  route: RouteDefinition,
): Pick<ZodOpenApiOperationObject, 'requestParams' | 'requestBody' | 'parameters'> {
  const { inPath, names: elsewhere, needed } = outsideOfPath(route);
  const rest = only(route.input, elsewhere);
  const open = only(
    rest,
    elsewhere.filter((name) => !route.secrets?.includes(name)),
  );
  const inQuery = isEitherWay(route) ? open.partial() : open;
  const inBody = isEitherWay(route) ? rest.partial() : rest;
  return {
    requestParams: {
      ...(inPath.length > 0 ? { path: only(route.input, inPath) } : {}),
      ...(route.from !== 'body' && elsewhere.length > 0 ? { query: inQuery } : {}),
    },
    ...(route.method !== 'GET' ? { parameters: [idempotencyKey] } : {}),
    ...(route.from === 'body' && elsewhere.length > 0
      ? { requestBody: { required: needed.length > 0, content: jsonContent(route, rest) } }
      : {}),
    ...(route.from === 'multipart'
      ? {
          requestBody: {
            required: true,
            content: { 'multipart/form-data': { schema: inBody.extend({ file: uploadedFile }) } },
          },
        }
      : {}),
    ...(route.from === 'query-or-body'
      ? { requestBody: { required: false, content: jsonContent(route, inBody) } }
      : {}),
  };
}

/** Who may call a route, as a sentence. */
function callersOf({ access }: RouteDefinition): string {
  const owned = ownerFields(access).map((name) => `\`${name}\``);
  const session = sessionOf(access);
  const again = needsFreshProof(access)
    ? ' Where signing in was a while ago, it takes doing that again.'
    : '';
  const only = (session ? ' Keys may not call it.' : '') + again;
  if (owned.length > 0)
    return `For the owner of ${owned.join(' and ')}; to anybody else it does not exist.${only}`;
  switch (access) {
    case 'public':
      return 'For everybody.';
    case 'user':
    case 'session':
    case 'fresh_session':
      return `For everybody who is signed in.${only}`;
    case 'admin':
    case 'fresh_admin':
      return `For admins.${only}`;
    default:
      return 'For services of this installation.';
  }
}

function descriptionOf(route: RouteDefinition): string {
  return [route.description, eitherWay(route), callersOf(route)].filter(Boolean).join('\n\n');
}

function eitherWay(route: RouteDefinition): string | undefined {
  if (!isEitherWay(route)) return undefined;
  const { needed } = outsideOfPath(route);
  const body = route.from === 'multipart' ? 'a form field before the file' : 'the JSON body';
  const either = `Each field stands in the query or in ${body}, and with two different values in both it is refused.`;
  if (needed.length === 0) return either;
  return `${either} Needed in one of them: ${needed.map((name) => `\`${name}\``).join(', ')}.`;
}

function operation(route: RouteDefinition): ZodOpenApiOperationObject {
  return {
    operationId: route.id,
    tags: [route.tag],
    summary: route.summary,
    description: descriptionOf(route),
    ...(route.deprecated && { deprecated: true }),
    ...request(route),
    responses: {
      [`${route.success.status}`]: success(route),
      ...(route.success.stream && { '204': nothingToCome }),
      ...(route.success.done && { '202': notDoneYet }),
      ...(route.success.body === healthReport
        ? orUnhealthy(problemResponses(route))
        : problemResponses(route)),
    },
  };
}

/** The one path that is no request and answer: both kinds of its messages are components. */
const socket: ZodOpenApiOperationObject = {
  operationId: 'openSocket',
  tags: ['tasks'],
  summary: 'Ask for ingests and follow tasks over a WebSocket',
  description: `Text messages of JSON: a client sends \`SocketCommand\`, and is sent \`SocketMessage\`. What is wrong in a command is said in a message with \`status: "error"\`, and the connection stays. Who comes back subscribes with the \`event_id\` it saw last.

It is opened with the header \`Authorization\`, with a cookie from a page of \`PUBLIC_URL\`, or, since a page cannot set headers, with the protocols \`${SOCKET_PROTOCOL}\` and \`${SOCKET_BEARER_PREFIX}<token>\`. It closes with 1001 when the server stops, 1008 when the session, key or token ends, 1009 after a message of more than 16 KB, and 1013 when messages are not read.

For everybody who is signed in; a command is for the owner of what it names.`,
  responses: {
    '101': { description: 'A WebSocket.' },
    ...problemResponses({
      ...routes.listTasks,
      access: 'user',
      errors: ['UPGRADE_REQUIRED', 'FOREIGN_PAGE', 'TOO_MANY_STREAMS'],
    }),
  },
};

function paths(): ZodOpenApiPathsObject {
  const byPath: ZodOpenApiPathsObject = { [SOCKET_PATH]: { get: socket } };
  for (const route of Object.values<RouteDefinition>(routes)) {
    if (!(route.tag in tags)) throw new Error(`the tag ${route.tag} of ${route.id} has no description`);
    const method = route.method.toLowerCase() as 'get' | 'post' | 'put' | 'patch' | 'delete';
    byPath[route.path] = { ...byPath[route.path], [method]: operation(route) };
  }
  return sorted(byPath);
}

/** Answers stay open: a client ignores fields it does not know, so that one can be added. */
const plainSchema: NonNullable<CreateDocumentOptions['override']> = ({ jsonSchema, zodSchema, io }) => {
  quiet(jsonSchema);
  const { def } = zodSchema._zod;
  if (io === 'output' && def.type === 'object' && def.catchall === undefined) {
    delete jsonSchema.additionalProperties;
  }
};

/**
 * The public API as an OpenAPI 3.1 document, made from `rest/routes.ts`.
 * @param version of this package, which is the API's.
 */
export function openApi(version: string): object {
  const document: ZodOpenApiObject = {
    openapi: '3.1.1',
    info: {
      title: 'Undertone',
      version,
      description,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: 'http://127.0.0.1:8000', description: 'The gateway on this machine.' }],
    tags: Object.entries(tags).map(([name, description]) => ({ name, description })),
    paths: paths(),
    components: {
      schemas: { Problem: problem, SocketCommand: socketCommand, SocketMessage: socketMessage },
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'An access token or an API key.' },
        cookie: {
          type: 'apiKey',
          in: 'cookie',
          name: '__Host-undertone-access',
          description: 'Of a browser’s session; without https its name is `undertone-access`.',
        },
      },
    },
  };
  const { components, ...rest } = createDocument(document, { override: plainSchema });
  return {
    ...rest,
    components: Object.fromEntries(
      Object.entries(sorted({ ...components })).map(([kind, entries]) => [kind, sorted(entries)]),
    ),
  };
}
