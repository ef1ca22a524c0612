import type { z } from 'zod';
import type { routes } from '../rest/routes.js';
import type { routeTable } from './route-table.ts';

/** What a client has to know of a route to call it; the table is made of these. */
export interface PlainRoute {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly from: 'query' | 'body' | 'query-or-body' | 'multipart';
  /** The answer is a list whose next page is in `Link`. */
  readonly paged?: true;
  /** The answer is a stream of server-sent events. */
  readonly stream?: true;
  /** The answer is a file. */
  readonly file?: true;
  /** A page that a browser opens, and is sent on from. */
  readonly redirect?: true;
}

type Routes = typeof routes;
type Table = typeof routeTable;
type Like<Shape> = { [K in RouteId]: Table[K] extends Shape ? K : never }[RouteId];

/** Any route, by its id. */
export type RouteId = keyof Routes & keyof Table;
/** A list, which `pages` reads to its end. */
export type ListRoute = Like<{ paged: true }>;
/** A stream of events, for `follow`. */
export type EventsRoute = Like<{ stream: true }>;
/** A form with a file, for `upload`. */
export type UploadRoute = Like<{ from: 'multipart' }>;
/** A file, for `request`. */
export type FileRoute = Like<{ file: true }>;
/** A page that a browser opens: a program has nothing of it. */
export type PageRoute = Like<{ redirect: true }>;
/** A route that `call` calls. */
export type CallRoute = Exclude<RouteId, EventsRoute | UploadRoute | FileRoute | PageRoute>;

/** What a client gives a route: path, query and body as one object, where fields with a default are optional. */
export type InputOf<K extends RouteId> = NonNullable<Routes[K]['_given']>;

/** What a route answers; of a stream, one event's data. */
export type AnswerOf<K extends RouteId> = z.output<Routes[K]['success']['body']>;

/** The arguments after the route; a route that needs no field needs no input. */
export type Given<K extends RouteId, Options> =
  Record<string, never> extends InputOf<K>
    ? [input?: InputOf<K>, options?: Options]
    : [input: InputOf<K>, options?: Options];
