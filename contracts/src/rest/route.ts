import type { z } from 'zod';
import { type Access, isForAdmins } from '../access/access.js';
import type { ProblemCode } from '../problems.js';

/** A route of an earlier version that is on its way out. */
export interface Deprecated {
  /** Days, as `2026-11-30`. */
  readonly since: string;
  readonly sunset: string;
  /** The path of the route that takes its place. */
  readonly successor: string;
}

/** One route of the public API: what the gateway serves and what the OpenAPI document says. */
export interface RouteDefinition<I = unknown, O = unknown, G = unknown> {
  readonly id: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** In OpenAPI's form: `/api/tasks/{task_id}`. */
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  /** Who may call it. */
  readonly access: Access;
  /** Problems of its own, beside those that `problemCodesOf` derives from its form. */
  readonly errors: readonly ProblemCode[];
  /** Path, query and body as one object; a path parameter is a key of it. */
  readonly input: z.ZodObject;
  /**
   * Where the fields other than the path's come from. `query-or-body`: each may stand in either, as earlier
   * clients do; the same field in both with two values is refused. `multipart`: form fields, with the file in
   * the part named `file`, which is no field of the input.
   */
  readonly from: 'query' | 'body' | 'query-or-body' | 'multipart';
  /**
   * A body of `text/plain`, or of no media type, is read as JSON too: earlier clients, and a browser's `fetch` with a
   * string for a body, send it so.
   */
  readonly textBody?: true;
  /** Another site makes the query: what is in it beside the input's fields is left out, and not refused. */
  readonly isForeignQuery?: true;
  /** Fields that stand in the body alone, wherever the others may: a URL ends up in logs. */
  readonly secrets?: readonly string[];
  /** The answer holds a secret or personal data, so it is not kept for whoever repeats the request with its key. */
  readonly isSecret?: true;
  /**
   * That it was done is an event of the audit, as each use of an admin's route is. Of the input it tells the ids in the path (an
   * admin's: the names, too), and these fields: words of closed lists, numbers and ids.
   */
  readonly audit?: readonly string[];
  /** Each answer says that it is about to go, and what takes its place (RFC 9745, RFC 8594). */
  readonly deprecated?: Deprecated;
  readonly success: {
    /** 302: the answer has no body, and its `Location` says where a browser goes. */
    readonly status: 200 | 202 | 302;
    readonly body: z.ZodType<O>;
    readonly description: string;
    /** The answer is a stream of server-sent events, whose data the body describes. */
    readonly stream?: true;
    /** The answer is a file of this media type. */
    readonly file?: string;
    /** Work that may take longer than the client waits: then the answer is 202 with the task, else it is this. */
    readonly done?: z.ZodType;
  };
  /** Phantom: carries the input's type. */
  readonly _input?: I;
  /** Phantom: carries the type of what a client gives, where fields with a default are optional. */
  readonly _given?: G;
}

export function defineRoute<I extends z.ZodObject, O extends z.ZodType>(
  spec: Omit<RouteDefinition, 'input' | 'success' | 'access' | 'audit'> & {
    access: Access<Extract<keyof z.output<I>, string>>;
    audit?: readonly Extract<keyof z.output<I>, string>[];
    input: I;
    success: {
      status: 200 | 202 | 302;
      body: O;
      description: string;
      stream?: true;
      file?: string;
      done?: z.ZodType;
    };
  },
): RouteDefinition<z.output<I>, z.output<O>, z.input<I>> {
  return spec as unknown as RouteDefinition<z.output<I>, z.output<O>, z.input<I>>;
}

/** Whether the audit is for it. */
export const isAudited = ({ access, audit }: Pick<RouteDefinition, 'access' | 'audit'>): boolean =>
  isForAdmins(access) || audit !== undefined;
