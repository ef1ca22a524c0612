import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { workerConsumers } from '@undertone/contracts/consumers';
import type { Lane, QueueName } from '@undertone/contracts/jobs/queues';
import { type LaneState, listQueues, pauseQueue } from '@undertone/contracts/operations/queue';
import { EventStore } from '@undertone/platform/event-store/event-store';
import type { Logger } from '@undertone/platform/logging/logger';
import { isNoConsumer } from '@undertone/platform/nats/ensure-streams';
import { Answers, asked } from '@undertone/platform/nest/answers';
import { LOGGER } from '@undertone/platform/nest/tokens';
import { ServiceUnavailable, wrongField } from '@undertone/platform/rpc/rpc-client';
import { LaneStates } from './lane-states.js';

/** The server pauses until a time; this one nobody lives to see, and its clock can count to it. */
const FOR_GOOD = new Date('2200-01-01T00:00:00Z');

/** What operators ask of queues. */
@Controller()
export class QueueCommands {
  constructor(
    @Inject(LaneStates) private readonly states: LaneStates,
    @Inject(EventStore) private readonly store: EventStore,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  @Answers(listQueues)
  async list(): Promise<{ lanes: LaneState[] }> {
    return { lanes: await this.states.all() };
  }

  /** The pause is a property of the lane's consumer: the server gives no replica a job of it, whatever restarts. */
  @Answers(pauseQueue)
  async pause(
    @Payload(asked(pauseQueue))
    { queue, lane, paused }: { queue: QueueName; lane?: Lane | undefined; paused: boolean },
  ): Promise<{ lanes: LaneState[] }> {
    const meant = workerConsumers.filter((one) => one.queue === queue && (!lane || one.lane === lane));
    if (meant.length === 0) throw wrongField('lane', `${queue} has no such lane`);
    const { consumers } = this.store.manager;
    for (const { stream, name, service, lane: which } of meant) {
      const said = paused ? consumers.pause(stream, name, FOR_GOOD) : consumers.resume(stream, name);
      await said.catch((error: unknown) => {
        // No replica of it has been up yet: there is no lane to pause.
        throw isNoConsumer(error) ? new ServiceUnavailable(service, error) : error;
      });
      this.log.warn(
        { queue, lane: which },
        paused ? 'an operator paused a lane' : 'an operator resumed a lane',
      );
    }
    return { lanes: (await this.states.all()).filter((one) => one.queue === queue) };
  }
}
