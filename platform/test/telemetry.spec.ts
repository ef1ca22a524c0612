import { trace } from '@opentelemetry/api';
import { ingestListeningData } from '@undertone/contracts/jobs/ingest-listening-data';
import { jobAggregate } from '@undertone/contracts/subjects';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EventStore } from '../src/event-store/event-store.js';
import { newId } from '../src/ids/ids.js';
import { requestJob } from '../src/jobs/request-job.js';
import type { RunningService } from '../src/nest/start-service.js';
import { startTelemetry, type Telemetry } from '../src/telemetry/start.js';
import { eventually } from '../src/test-kit/eventually.js';
import { startInfrastructure, type TestInfrastructure } from '../src/test-kit/infrastructure.js';
import { OtlpReceiver } from '../src/test-kit/otlp-receiver.js';
import { startThrowAway } from './fixtures/throw-away-service.js';

describe('the trace of a job', () => {
  let receiver: OtlpReceiver;
  let telemetry: Telemetry;
  let infrastructure: TestInfrastructure;
  let service: RunningService;
  let store: EventStore;
  let jobId: string;
  let traceId: string;
  beforeAll(async () => {
    receiver = await OtlpReceiver.start();
    Object.assign(process.env, receiver.environment);
    telemetry = startTelemetry('test', process.env);
    infrastructure = await startInfrastructure(['ingestion']);
    await infrastructure.provisionStreams();
    service = await startThrowAway(infrastructure.environment('ingestion'));
    store = await EventStore.open(await infrastructure.connect());

    await trace.getTracer('test').startActiveSpan('POST /api/listening/ingest', async (span) => {
      traceId = span.spanContext().traceId;
      jobId = await requestJob(store, ingestListeningData, {
        payload: { user_id: newId(), time_range: 'short_term' },
        lane: 'interactive',
        source: 'gateway',
      });
      span.end();
    });
    await eventually('the job succeeded', async () => (await events()).at(-1)?.type.endsWith('.succeeded'));
    await eventually('its last span has arrived', () =>
      receiver.spans.some(({ name }) => name === 'job ingest-listening-data'),
    );
  });
  afterAll(async () => {
    await service?.close();
    await infrastructure?.stop();
    await telemetry?.stop();
    await receiver?.stop();
  });

  const events = () => store.read(jobAggregate('spotify', 'interactive', jobId));

  it('leads from the request to the projection', () => {
    const paths = receiver.spans
      .filter((span) => span.traceId === traceId)
      .map((span) => receiver.ancestry(span).join(' > '));
    const job = 'POST /api/listening/ingest > append jobs.requested > job ingest-listening-data';
    expect(paths.sort()).toEqual([
      'POST /api/listening/ingest',
      'POST /api/listening/ingest > append jobs.requested',
      job,
      `${job} > append jobs.started`,
      `${job} > append jobs.succeeded`,
      `${job} > append listening.listening-ingested`,
      `${job} > append listening.listening-ingested > project ingestion-plays`,
    ]);
    expect(new Set(receiver.spans.map(({ service: name }) => name))).toEqual(new Set(['undertone-test']));
  });

  it('is in the header of every event that the job led to', async () => {
    for (const event of await events()) {
      expect(event.traceparent, event.type).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-01$`));
    }
  });

  it('names the job and the events', () => {
    const attributeOf = (name: string, key: string) =>
      receiver.spans
        .find((span) => span.traceId === traceId && span.name === name)
        ?.attributes.find((attribute) => attribute.key === key)?.value;
    expect(attributeOf('job ingest-listening-data', 'undertone.job.id')).toEqual({ stringValue: jobId });
    expect(attributeOf('append jobs.requested', 'messaging.destination.name')).toEqual({
      stringValue: 'JOBS',
    });
    expect(attributeOf('append jobs.requested', 'undertone.event.id')).toEqual({ stringValue: jobId });
  });
});
