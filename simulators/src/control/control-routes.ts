import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { CallLog } from './call-log.js';
import type { SimulatedClock } from './clock.js';
import type { FaultBoard, FaultScope } from './fault-board.js';

const clockCommand = z.union([
  z.strictObject({ now: z.iso.datetime({ offset: true }) }),
  z.strictObject({ advanceMs: z.int() }),
  z.strictObject({ real: z.literal(true) }),
]);

/** What a simulator hands to the control routes. */
export interface Controlled<Fault extends FaultScope> {
  readonly faults: FaultBoard<Fault>;
  readonly faultSchema: z.ZodType<Fault>;
  readonly calls: CallLog;
  readonly clock: SimulatedClock;
}

/**
 * The routes under `/_control` that every simulator has: faults, call counters, clock. They are no part of the
 * simulated protocol, are never counted and meet no fault.
 */
export function registerControlRoutes<Fault extends FaultScope>(
  app: FastifyInstance,
  { faults, faultSchema, calls, clock }: Controlled<Fault>,
): void {
  app.get('/_control/faults', async () => ({ faults: faults.list() }));

  app.post('/_control/faults', async (request, reply) => {
    const parsed = faultSchema.safeParse(request.body);
    if (!parsed.success) return reply.code(400).send({ errors: parsed.error.issues });
    return reply.code(201).send({ id: faults.add(parsed.data) });
  });

  app.delete('/_control/faults', async (_request, reply) => {
    faults.clear();
    return reply.code(204).send();
  });

  app.get('/_control/calls', async () => calls.summary());

  app.delete('/_control/calls', async (_request, reply) => {
    calls.reset();
    return reply.code(204).send();
  });

  const clockState = () => ({ now: new Date(clock.now()).toISOString(), standing: clock.standing });
  app.get('/_control/clock', async () => clockState());

  app.post('/_control/clock', async (request, reply) => {
    const parsed = clockCommand.safeParse(request.body);
    if (!parsed.success) return reply.code(400).send({ errors: parsed.error.issues });
    if ('now' in parsed.data) clock.set(new Date(parsed.data.now));
    else if ('advanceMs' in parsed.data) clock.advance(parsed.data.advanceMs);
    else clock.followReal();
    return reply.send(clockState());
  });
}
