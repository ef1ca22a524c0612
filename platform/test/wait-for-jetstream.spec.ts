import { JetStreamApiError } from '@nats-io/jetstream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitForJetStream } from '../src/event-store/wait-for-jetstream.js';
import type { RunningService } from '../src/nest/start-service.js';
import { silent } from '../src/test-kit/infrastructure.js';
import { ServiceUnderTest } from '../src/test-kit/service-under-test.js';
import { TcpProxy } from '../src/test-kit/tcp-proxy.js';
import { startThrowAway } from './fixtures/throw-away-service.js';

describe('a service that starts before JetStream answers', () => {
  let service: ServiceUnderTest<RunningService>;
  beforeAll(async () => {
    service = await ServiceUnderTest.prepare({ schema: 'ingestion', start: startThrowAway });
  });
  afterAll(() => service?.stop());

  it('waits for it, where it would time out', async () => {
    const proxy = await TcpProxy.to(service.environment.NATS_URL ?? '');
    service.onStop(() => proxy.close());
    let lost = 0;
    proxy.toClient = (chunk) => {
      if (lost > 0 || !chunk.includes('stream_info_response')) return chunk;
      lost += 1;
      return undefined;
    };
    const { url } = await service.start({ NATS_URL: proxy.url });
    expect(lost).toBe(1);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
  });

  it('does not wait for what no other try would change', async () => {
    let tries = 0;
    const refused = new JetStreamApiError({
      code: 400,
      err_code: 10052,
      description: 'invalid configuration',
    });
    const work = async () => {
      tries += 1;
      throw tries === 1
        ? new JetStreamApiError({ code: 503, err_code: 10008, description: 'no leader' })
        : refused;
    };
    await expect(waitForJetStream(silent, work)).rejects.toBe(refused);
    expect(tries).toBe(2);
  });
});
