import type { StreamConfig } from '@nats-io/jetstream';
import { createInbox, type NatsConnection } from '@nats-io/transport-node';

/** What the server gives of a stream to keep elsewhere. */
export interface StreamBackup {
  readonly config: StreamConfig;
  readonly state: unknown;
  readonly chunks: readonly Uint8Array[];
}

interface Answer {
  readonly error?: { readonly description: string };
  readonly config?: StreamConfig;
  readonly state?: unknown;
  readonly deliver_subject?: string;
}

/** Backs a stream up, without its consumers, as `nats stream backup` does (NATS' ADR 2, `STREAM.SNAPSHOT`). */
export async function backUpStream(nats: NatsConnection, stream: string): Promise<StreamBackup> {
  const inbox = createInbox();
  const delivered = nats.subscribe(inbox);
  const { config, state } = await ask(nats, `$JS.API.STREAM.SNAPSHOT.${stream}`, {
    deliver_subject: inbox,
    no_consumers: true,
  });
  if (!config) throw new Error(`the server gave no configuration of ${stream}`);
  const chunks: Uint8Array[] = [];
  for await (const message of delivered) {
    // The last one is empty.
    if (message.data.length === 0) break;
    chunks.push(message.data);
    message.respond();
  }
  return { config, state, chunks };
}

/** Puts a backup in the place of the stream: what was appended since is gone, and so are the consumers. */
export async function restoreStream(nats: NatsConnection, backup: StreamBackup): Promise<void> {
  const { config, state, chunks } = backup;
  await ask(nats, `$JS.API.STREAM.DELETE.${config.name}`, undefined);
  const { deliver_subject: to } = await ask(nats, `$JS.API.STREAM.RESTORE.${config.name}`, { config, state });
  if (!to) throw new Error(`the server takes no backup of ${config.name}`);
  for (const chunk of chunks) await nats.request(to, chunk);
  const { error } = (await nats.request(to)).json<Answer>();
  if (error) throw new Error(error.description);
}

async function ask(nats: NatsConnection, subject: string, question: unknown): Promise<Answer> {
  const answer = (
    await nats.request(subject, question === undefined ? undefined : JSON.stringify(question))
  ).json<Answer>();
  if (answer.error) throw new Error(`${subject}: ${answer.error.description}`);
  return answer;
}
