import type { JobConsumerDefinition } from '@undertone/contracts/consumers';
import { streams } from '@undertone/contracts/streams';

// What one replica is to have before it: of a person's jobs no more than it has slots for.
const LAG_THRESHOLDS = { interactive: '4', bulk: '100' } as const satisfies Record<
  JobConsumerDefinition['lane'],
  string
>;

/** The trigger that scales a service by what waits for one of its consumers, indented for its place in a ScaledObject. */
export const triggerOf = ({ name, stream, lane }: JobConsumerDefinition): string => `
    - type: nats-jetstream
      name: ${name}
      metadata:
        natsServerMonitoringEndpoint: nats-headless.undertone.svc.cluster.local:8222
        account: STREAMS
        stream: ${streams[stream].name}
        consumer: ${name}
        lagThreshold: "${LAG_THRESHOLDS[lane]}"
        activationLagThreshold: "0"
`;
