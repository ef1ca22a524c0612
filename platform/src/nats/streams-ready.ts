import { JetStreamApiError, type JetStreamManager, type StreamInfo } from '@nats-io/jetstream';
import { definitionsVersion } from '@undertone/contracts/streams';
import { isOlder, STREAM_NOT_FOUND } from './ensure-streams.js';

/** A stream is not there yet, or not that of this release: whoever sets the system up makes them. */
export class StreamsNotReady extends Error {
  readonly code = 'STREAMS_NOT_READY';
  constructor(stream: string, why: string) {
    super(
      `stream ${stream} ${why}: platform/dist/provision/provision-streams.js makes it what this release needs`,
    );
    this.name = 'StreamsNotReady';
  }
}

/**
 * Looks whether streams are as this release needs them. Services may not make them: what a stream takes in, and from where, would
 * be a way to read everything.
 * @throws {StreamsNotReady} for the first that is not.
 */
export async function streamsReady(manager: JetStreamManager, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const { config } = await existing(manager, name);
    if (isOlder(config.metadata, definitionsVersion))
      throw new StreamsNotReady(name, 'is of an older release');
  }
}

/** What the server says of a stream. @throws {StreamsNotReady} there is none. */
export async function existing(manager: JetStreamManager, name: string): Promise<StreamInfo> {
  try {
    return await manager.streams.info(name);
  } catch (error) {
    if (!(error instanceof JetStreamApiError) || error.code !== STREAM_NOT_FOUND) throw error;
    throw new StreamsNotReady(name, 'is missing');
  }
}
