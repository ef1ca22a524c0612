import { NoRespondersError, RequestError, TimeoutError } from '@nats-io/transport-node';

/** The question reached nobody: no replica listens. */
export const isNobody = (error: unknown): boolean =>
  error instanceof NoRespondersError || (error instanceof RequestError && error.isNoResponders());

/** Nobody answered the question, whether or not somebody got it. */
export const isSilence = (error: unknown): boolean =>
  error instanceof TimeoutError || error instanceof RequestError || isNobody(error);
