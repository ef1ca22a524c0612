import type { JsMsg } from '@nats-io/jetstream';
import type { MsgHdrs, NatsConnection } from '@nats-io/transport-node';
import { consumers } from '@undertone/contracts/consumers';
import { JobStarted, JobSucceeded } from '@undertone/contracts/jobs/job';
import { jobAggregate, parseJobSubject } from '@undertone/contracts/subjects';
import { toMessage } from '@undertone/platform/event-store/cloudevents';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { newId } from '@undertone/platform/ids/ids';
import { requestDerivedJob } from '@undertone/platform/jobs/request-job';
import { ensureConsumer } from '@undertone/platform/nats/ensure-streams';
import { jetStreamOf } from '@undertone/platform/nats/jetstream';
import { type JobEngine, manyTimes } from './job-engine.js';
import { idleJob } from './undertone.js';

const consumer = consumers['ingestion-spotify-interactive'];

interface Written {
  readonly id: string;
  readonly headers: MsgHdrs;
  readonly body: Uint8Array;
}

/**
 * What a job of ours costs at least: its message is taken, the two appends that expect each other are made, and it is acknowledged. All
 * of it was put into words before, and nothing is looked at.
 */
export async function rawAppends(nats: NatsConnection): Promise<JobEngine> {
  const store = await EventStore.open(nats);
  const client = jetStreamOf(nats);
  await ensureConsumer(store.manager, consumer, 1);
  const written = new Map<string, readonly [Written, Written]>();
  const inWords = (
    definition: typeof JobStarted | typeof JobSucceeded,
    jobId: string,
    data: object,
  ): Written => {
    const id = newId();
    const envelope = { id, source: 'bench', time: new Date(), correlationId: jobId, causationId: jobId };
    return { id, ...toMessage({ ...envelope, definition, data } as Parameters<typeof toMessage>[0]) };
  };
  const append = (message: JsMsg, jobId: string, { id, headers, body }: Written, expected: number) => {
    const { prefix, filter } = jobAggregate(consumer.queue, consumer.lane, jobId);
    return client.publish(`${prefix}.status`, body, {
      msgID: id,
      headers,
      timeout: 10_000,
      expect: {
        streamName: message.info.stream,
        lastSubjectSequence: expected,
        lastSubjectSequenceSubject: filter,
      },
    });
  };
  return {
    name: 'raw limit',
    fill: (count) =>
      manyTimes(count, 100, async () => {
        const [user, jobId] = [newId(), newId()];
        const job = { job_id: jobId, job_type: idleJob.type, user_id: user };
        written.set(jobId, [
          inWords(JobStarted, jobId, { ...job, attempt: 1, worker: 'bench' }),
          inWords(JobSucceeded, jobId, { ...job, attempt: 1, result: { number: 1 } }),
        ]);
        await requestDerivedJob(store, idleJob, {
          jobId,
          payload: { user_id: user, number: count },
          lane: consumer.lane,
          source: 'bench',
        });
      }),
    async work(slots, done) {
      const one = async (message: JsMsg) => {
        const { jobId } = parseJobSubject(message.subject);
        const events = written.get(jobId);
        if (!events) throw new Error(`nobody asked for ${jobId}`);
        written.delete(jobId);
        const { seq } = await append(message, jobId, events[0], message.seq);
        await append(message, jobId, events[1], seq);
        message.ack();
        done();
      };
      const pull = await client.consumers.get(consumer.stream, consumer.name);
      let running = 0;
      let free = Promise.withResolvers<void>();
      const messages = await pull.consume({ max_messages: 2 * slots, expires: 5_000, idle_heartbeat: 1_000 });
      const loop = (async () => {
        for await (const message of messages) {
          running += 1;
          void one(message).finally(() => {
            running -= 1;
            free.resolve();
          });
          if (running < slots) continue;
          free = Promise.withResolvers();
          await free.promise;
        }
      })();
      return async () => {
        await messages.close();
        await loop;
      };
    },
    async close() {},
  };
}
