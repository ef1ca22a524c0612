import type { NatsConnection } from '@nats-io/transport-node';
import { type StreamDefinition, streams } from '@undertone/contracts/streams';
import { z } from 'zod';
import { EventStore } from '../event-store/event-store.js';
import { waitForJetStream } from '../event-store/wait-for-jetstream.js';
import { createLogger } from '../logging/logger.js';
import { connectNats } from '../nats/connect.js';
import { ensureStream } from '../nats/ensure-streams.js';
import { NatsObjectStorage } from '../objects/nats-object-storage.js';
import { commonSettings, loadSettings } from '../settings/load-settings.js';
import { natsSettings } from '../settings/server-settings.js';

/**
 * Makes every stream and the bucket of large things, or brings them to this release; a second call changes nothing. Run by whoever
 * sets the system up, with credentials that no service has; a release's services wait for it.
 *
 *     NATS_URL=nats://… NATS_NKEY=SU… node provision-streams.js
 *
 * @param replicas of each: 1 for one server, 3 for a cluster.
 * @param retention what the settings say of the streams that have one; a change of it is applied.
 */
export async function provisionStreams(
  nats: NatsConnection,
  replicas: number,
  retention: { readonly AUDIT_RETENTION_DAYS?: number } = {},
): Promise<void> {
  const { manager } = await EventStore.open(nats);
  for (const stream of Object.values<StreamDefinition>(streams)) {
    const maxAgeDays = stream.maxAgeSetting && retention[stream.maxAgeSetting];
    await ensureStream(manager, maxAgeDays === undefined ? stream : { ...stream, maxAgeDays }, replicas);
  }
  await NatsObjectStorage.provision(nats, replicas);
}

/** The settings of whoever makes the streams. */
export const provisionSettings = z.object({
  ...natsSettings,
  STREAM_REPLICAS: commonSettings.STREAM_REPLICAS,
  LOG_LEVEL: commonSettings.LOG_LEVEL,
  /** Days that the audit is kept; identity drops its rows when the log does. */
  [streams.AUDIT.maxAgeSetting]: z.coerce.number().int().min(1).max(3_650).default(streams.AUDIT.maxAgeDays),
});

/** After that long it is told, and not waited for any more. */
const PATIENCE_MS = 120_000;

if (import.meta.main) {
  setTimeout(() => {
    console.error(`NATS did not take the connection, or not the streams, within ${PATIENCE_MS / 1000} s`);
    process.exit(1);
  }, PATIENCE_MS).unref();
  try {
    const settings = loadSettings('provision-streams', provisionSettings, process.env);
    const log = createLogger('provision-streams', settings.LOG_LEVEL);
    const nats = await connectNats(settings, 'operator', log);
    await waitForJetStream(log, () => provisionStreams(nats, settings.STREAM_REPLICAS, settings));
    log.info('the streams are what this release needs');
    await nats.close();
  } catch (error) {
    console.error(error instanceof Error ? error.message : 'the streams could not be made');
    process.exitCode = 1;
  }
}
