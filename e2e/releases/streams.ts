import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type ConsumerConfig,
  type JetStreamManager,
  jetstreamManager,
  type StoredMsg,
  type StreamConfig,
} from '@nats-io/jetstream';
import { connect, headers, type NatsConnection } from '@nats-io/transport-node';
import { natsCredentials } from '@undertone/platform/test-kit/credentials';
import type { TestServer } from '@undertone/platform/test-kit/servers';
import { moveStreams } from '../../deploy/move-streams.mjs';
import { startNats } from '../../scripts/servers/nats.mjs';

/**
 * No part of the event: what was expected of the log held when it was written, and that the server fired a schedule it
 * believes nobody else.
 */
const OF_THE_PUBLISHING = /^Nats-(Expected-.*|Scheduler|Schedule-Next)$/;

interface KeptMessage {
  readonly sequence: number;
  readonly subject: string;
  /** When the server stored it. */
  readonly at: string;
  readonly headers: Record<string, string[]>;
  readonly data: string;
  /** Where the data is no text. */
  readonly base64?: true;
}

/** A stream with every message at its sequence, and its consumers with where each goes on. */
export interface KeptStream {
  readonly config: StreamConfig;
  readonly lastSequence: number;
  readonly messages: readonly KeptMessage[];
  readonly consumers: readonly { readonly config: ConsumerConfig; readonly next: number }[];
}

export async function keepStreams(nats: NatsConnection): Promise<KeptStream[]> {
  const manager = await jetstreamManager(nats);
  const kept: KeptStream[] = [];
  for await (const { config, state } of manager.streams.list()) {
    const messages: KeptMessage[] = [];
    for (let seq = state.first_seq; seq <= state.last_seq; seq += 1) {
      const message = await manager.streams.getMessage(config.name, { seq });
      if (message) messages.push(keptMessage(message));
    }
    const consumers: { config: ConsumerConfig; next: number }[] = [];
    for await (const consumer of manager.consumers.list(config.name)) {
      // One that ends by itself belongs to a process that is no more.
      if (!consumer.config.durable_name || consumer.config.inactive_threshold) continue;
      consumers.push({ config: consumer.config, next: consumer.ack_floor.stream_seq + 1 });
    }
    kept.push({ config, lastSequence: state.last_seq, messages, consumers });
  }
  return kept.sort((a, b) => a.config.name.localeCompare(b.config.name));
}

/**
 * Publishes the messages again, each at the sequence that it had. A snapshot of the server would be closer, but the
 * server drops what is older than a stream keeps: 30 days after a release its jobs would be gone, and the test with them.
 */
async function restoreStreams(nats: NatsConnection, kept: readonly KeptStream[]): Promise<void> {
  const manager = await jetstreamManager(nats);
  for (const { config, lastSequence, messages, consumers } of kept) {
    await manager.streams.add(config);
    await publishAgain(manager, config, messages, lastSequence);
    for (const consumer of consumers) {
      const { durable_name = '' } = await manager.consumers
        .add(config.name, consumer.config)
        .then((added) => added.config);
      await manager.consumers.reset(config.name, durable_name, consumer.next);
    }
  }
}

/**
 * A NATS server with what an installation of that time has in its store, which knew no accounts; started as one of this release,
 * with the streams moved.
 */
export async function serverWith(kept: readonly KeptStream[]): Promise<TestServer> {
  const options = {
    directory: await mkdtemp(join(tmpdir(), 'undertone-test-')),
    durable: false,
    env: { ...process.env, NATS_URL: undefined },
  };
  const before = await startNats(options);
  const anybody = await connect({ servers: before.url });
  await restoreStreams(anybody, kept);
  await anybody.close();
  await before.stop();
  moveStreams(options.directory);
  const { extra } = await natsCredentials();
  const server = await startNats({ ...options, extra });
  return {
    url: server.url,
    kill: () => server.kill(),
    restart: () => server.restart(),
    async stop() {
      await server.stop();
      await rm(options.directory, { recursive: true, force: true });
    },
  };
}

async function publishAgain(
  manager: JetStreamManager,
  { name, subjects }: StreamConfig,
  messages: readonly KeptMessage[],
  lastSequence: number,
): Promise<void> {
  const jetstream = manager.jetstream();
  const bySequence = new Map(messages.map((message) => [message.sequence, message]));
  for (let sequence = 1; sequence <= lastSequence; sequence += 1) {
    const message = bySequence.get(sequence);
    if (!message) {
      // Its message was replaced or erased; the sequence is not given again.
      const { seq } = await jetstream.publish((subjects[0] ?? '').replaceAll(/[*>]/g, 'gap'), '');
      await manager.streams.deleteMessage(name, seq, false);
      continue;
    }
    const carried = headers();
    for (const [key, values] of Object.entries(message.headers)) {
      if (OF_THE_PUBLISHING.test(key)) continue;
      for (const value of values) carried.append(key, value);
    }
    const data = Buffer.from(message.data, message.base64 ? 'base64' : 'utf8');
    const { seq } = await jetstream.publish(message.subject, data, { headers: carried });
    if (seq !== sequence) throw new Error(`message ${sequence} of ${name} was given ${seq}`);
  }
}

function keptMessage({ seq, subject, header, data, time }: StoredMsg): KeptMessage {
  const text = Buffer.from(data).toString('utf8');
  const isText = Buffer.from(text, 'utf8').equals(data);
  return {
    sequence: seq,
    subject,
    at: time.toISOString(),
    headers: Object.fromEntries([...(header ?? [])]),
    ...(isText ? { data: text } : { data: Buffer.from(data).toString('base64'), base64: true }),
  };
}
