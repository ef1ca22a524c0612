import type { EntityManager } from '@mikro-orm/postgresql';
import { applyDecorators, Catch, type ExceptionFilter, UseFilters } from '@nestjs/common';
import { EventPattern } from '@nestjs/microservices';
import type { ProjectionConsumerDefinition } from '@undertone/contracts/consumers';
import type { RecordedEvent } from '@undertone/contracts/event';
import type { JobDefinition } from '@undertone/contracts/jobs/job';
import { type Observable, throwError } from 'rxjs';
import type { HowItApplies } from '../projections/projection.js';

/** Marks handlers that the JetStream transport serves. */
export const JETSTREAM = Symbol('jetstream');

/** What a handler's decorator tells the transport. */
export type JetStreamExtras =
  | { readonly kind: 'job'; readonly definition: JobDefinition }
  | { readonly kind: 'failed job'; readonly type: string }
  | {
      readonly kind: 'projection';
      readonly consumer: ProjectionConsumerDefinition;
      readonly how: HowItApplies;
    };

// Nest would turn an unknown error into "Internal server error"; the runners need the error itself.
@Catch()
class Rethrow implements ExceptionFilter {
  catch(error: unknown): Observable<never> {
    return throwError(() => error);
  }
}

const handles = (pattern: string, extras: JetStreamExtras): MethodDecorator =>
  applyDecorators(EventPattern(pattern, JETSTREAM, extras) as MethodDecorator, UseFilters(new Rethrow()));

/** The method is a `JobHandler`: it takes a `JobContext` and gives the job's result. */
export const HandlesJob = <P, R>(definition: JobDefinition<P, R>): MethodDecorator =>
  handles(`job ${definition.type}`, { kind: 'job', definition: definition as unknown as JobDefinition });

/** The method is a `FailureHandler`: it takes a `FailedJob`, when the log says that the job has no result. */
export const OnJobFailed = ({ type }: { readonly type: string }): MethodDecorator =>
  handles(`failed job ${type}`, { kind: 'failed job', type });

/** What a projection's method is given: events in order, and the transaction that moves its checkpoint. */
export interface ProjectionBatch {
  readonly events: readonly RecordedEvent[];
  readonly em: EntityManager;
}

/**
 * The method takes a `ProjectionBatch` and may give an `AfterCommit`.
 * @param how its `version` is raised when it makes other rows of the events that it is given; without `reads` it can read the events of
 * the system that this release knows, and is given all that are none of the system's.
 */
export const Projects = (consumer: ProjectionConsumerDefinition, how: HowItApplies = {}): MethodDecorator =>
  handles(`projection ${consumer.name}`, { kind: 'projection', consumer, how });
