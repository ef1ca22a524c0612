import type { IncomingMessage } from 'node:http';
import { fastifyMultipart } from '@fastify/multipart';
import { context } from '@opentelemetry/api';
import type { RouteDefinition } from '@undertone/contracts/rest/route';
import { ObjectTooLarge } from '@undertone/platform/objects/object-storage';
import type { FastifyInstance } from 'fastify';
import { authorizes, checkOwner } from '../callers/authorize.js';
import { refuseEncoding } from '../http/encoded-bodies.js';
import { gatherInput } from '../http/gather-input.js';
import { type Answer, type Call, fastifyPath } from '../http/serve-route.js';
import { idempotencyKeyOf } from '../idempotency/idempotency-key.js';
import { HttpProblem, invalidInput } from '../problems/problem.js';
import { rateClassOf } from '../rate-limit/policies.js';
import { openForm, type UploadedFile } from './upload-form.js';

/** How long an upload may take: the limit of 200 MB at 2 Mbit/s. */
export const UPLOAD_MS = 15 * 60 * 1000;
/** What a form has beside its file. */
const FORM_BYTES = 64 * 1024;

export type UploadHandler<I, O> = (input: I, file: UploadedFile, call: Call) => Promise<Answer<O>>;

/**
 * Serves a route that takes a form with one file. Its handler gets the checked fields and the file as a stream, which
 * it has to read; nothing of it is kept here.
 * @param limitBytes what the file may have; a request that says it has more is refused before it is read.
 */
export async function serveUpload<I, O>(
  app: FastifyInstance,
  route: RouteDefinition<I, O>,
  limitBytes: number,
  handle: UploadHandler<I, O>,
): Promise<void> {
  // In a context of its own, so that the other routes go on to refuse forms.
  await app.register(async (uploads) => {
    uploads.removeAllContentTypeParsers();
    await uploads.register(fastifyMultipart);
    uploads.route({
      method: route.method,
      url: fastifyPath(route.path),
      config: { upload: true, rateClass: rateClassOf(route), definition: route },
      onRequest: authorizes(route),
      handlerTimeout: UPLOAD_MS,
      handler: async (request, reply) => {
        try {
          refuseEncoding(request.headers);
          if (!request.isMultipart()) throw notAForm();
          if (Number(request.headers['content-length']) > limitBytes + FORM_BYTES) {
            throw new ObjectTooLarge(limitBytes);
          }
          const idempotencyKey = idempotencyKeyOf(request.raw);
          const { fields, file } = await openForm(request);
          const { params, query } = request;
          const input = gatherInput(route, { params, query, body: fields });
          checkOwner(route, request.caller, input as object);
          if (!file) throw invalidInput([{ path: 'file', message: 'is required' }]);
          request.asked = input;
          const answer = await context.with(request.traceContext ?? context.active(), () =>
            handle(input, file, { caller: request.caller, idempotencyKey, request, reply }),
          );
          Object.assign(request, { answered: answer.body, about: answer.about });
          return reply
            .code(answer.status ?? route.success.status)
            .headers(answer.headers ?? {})
            .send(answer.body);
        } catch (error) {
          discardRest(request.raw, limitBytes);
          throw error;
        }
      },
    });
  });
}

const notAForm = (): HttpProblem =>
  new HttpProblem('UNSUPPORTED_MEDIA_TYPE', 'the body has to be multipart/form-data');

// Many clients read an answer only when they have sent everything; a body that nobody reads would hold them.
function discardRest(raw: IncomingMessage, atMost: number): void {
  let discarded = 0;
  raw.unpipe();
  raw.on('error', () => undefined);
  raw.on('data', (chunk: Buffer) => {
    discarded += chunk.byteLength;
    if (discarded > atMost) raw.destroy();
  });
  raw.resume();
}
