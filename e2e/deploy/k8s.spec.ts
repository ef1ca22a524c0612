import { type JobConsumerDefinition, workerConsumers } from '@undertone/contracts/consumers';
import { streamsAccount, streamsApiPrefix } from '@undertone/contracts/servers/nats-accounts';
import { streams } from '@undertone/contracts/streams';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { commandOf, documents, manifests, read, serviceFolders } from './deployed-files.js';
import { triggerOf } from './keda-trigger.js';

const container = z.looseObject({
  name: z.string(),
  image: z.string(),
  command: z.array(z.string()),
  env: z.array(z.looseObject({ name: z.string() })).optional(),
  envFrom: z.array(z.unknown()).optional(),
});
const probe = z.looseObject({ httpGet: z.unknown(), exec: z.looseObject({ command: z.array(z.string()) }) });
const probes = z.looseObject({ startupProbe: probe, livenessProbe: probe, readinessProbe: probe });
const patchOf = z.looseObject({
  spec: z.looseObject({
    template: z.looseObject({ spec: z.looseObject({ containers: z.tuple([probes]) }) }),
  }),
});
const kustomization = z.looseObject({ patches: z.array(z.looseObject({ path: z.string() })) });
const deployments = manifests(
  'Deployment',
  z.looseObject({
    replicas: z.int().optional(),
    selector: z.looseObject({ matchLabels: z.record(z.string(), z.string()) }),
    template: z.looseObject({
      metadata: z.looseObject({ labels: z.record(z.string(), z.string()) }),
      spec: z.looseObject({ serviceAccountName: z.string(), containers: z.array(container) }),
    }),
  }),
);
const scaledObjects = manifests(
  'ScaledObject',
  z.looseObject({
    scaleTargetRef: z.looseObject({ name: z.string() }),
    minReplicaCount: z.int(),
    maxReplicaCount: z.int(),
    fallback: z.looseObject({ replicas: z.int() }),
    triggers: z.array(
      z.looseObject({
        type: z.literal('nats-jetstream'),
        name: z.string(),
        // KEDA takes text only: a bare number is refused.
        metadata: z.record(z.string(), z.string()),
      }),
    ),
  }),
);
const autoscalers = manifests(
  'HorizontalPodAutoscaler',
  z.looseObject({ scaleTargetRef: z.looseObject({ name: z.string() }) }),
);
const budgets = manifests(
  'PodDisruptionBudget',
  z.looseObject({ selector: z.looseObject({ matchLabels: z.record(z.string(), z.string()) }) }),
);

const triggers = [...scaledObjects.values()].flatMap((scaled) =>
  scaled.triggers.map(({ name, metadata }) => ({ deployment: scaled.scaleTargetRef.name, name, metadata })),
);
const scaling = workerConsumers.filter(({ scales }) => scales);
/** Whom a trigger scales by which consumer of which stream. */
const scalesBy = (deployment: string, { name, stream }: JobConsumerDefinition) => ({
  deployment,
  stream: streams[stream].name,
  consumer: name,
});

describe('k8s/base', () => {
  it.each(scaling)('scales $service by $name, with one trigger', (consumer) => {
    const { service, name } = consumer;
    const own = triggers
      .filter(({ metadata }) => metadata.consumer === name)
      .map(({ deployment, metadata: { stream, consumer } }) => ({ deployment, stream, consumer }));
    const toAdd = `k8s/base/scaled-objects.yaml needs this, once, among the triggers of ${service}'s ScaledObject:\n${triggerOf(consumer)}`;
    expect(own, toAdd).toEqual([scalesBy(service, consumer)]);
  });

  it('scales by no other consumer', () => {
    const names = scaling.map(({ name }) => name);
    const others = triggers.map(({ name }) => name).filter((name) => !names.includes(name));
    expect(others, 'no queue in contracts/src/jobs/queues.ts scales by them: remove the triggers').toEqual(
      [],
    );
  });

  it('names a trigger after its consumer', () => {
    expect(triggers.map(({ name }) => name)).toEqual(triggers.map(({ metadata }) => metadata.consumer));
  });

  it("asks the headless service's monitoring port, so that KEDA finds a consumer's leader", () => {
    for (const { metadata } of triggers) {
      expect(metadata.natsServerMonitoringEndpoint).toMatch(/^nats-headless\.[a-z.-]+:8222$/);
      expect(metadata.account).toBe(streamsAccount);
      expect(Number(metadata.lagThreshold)).toBeGreaterThan(0);
    }
  });

  it('never scales a service to nothing, and falls back inside its limits', () => {
    for (const { minReplicaCount, maxReplicaCount, fallback } of scaledObjects.values()) {
      expect(minReplicaCount).toBeGreaterThan(0);
      expect(fallback.replicas).toBeGreaterThanOrEqual(minReplicaCount);
      expect(fallback.replicas).toBeLessThanOrEqual(maxReplicaCount);
    }
  });

  it('gives a deployment one autoscaler at most, and replicas only where there is none', () => {
    const targets = [...scaledObjects.values(), ...autoscalers.values()].map(
      (one) => one.scaleTargetRef.name,
    );
    expect(targets).toEqual([...new Set(targets)]);
    const withoutReplicas = [...deployments].filter(([, spec]) => spec.replicas === undefined);
    expect(withoutReplicas.map(([name]) => name).sort()).toEqual(targets.sort());
  });

  it('deploys every service folder, each with the command that starts it', () => {
    expect([...deployments.keys()].sort()).toEqual(serviceFolders);
    for (const [name, { selector, template }] of deployments) {
      // `service`: the name by which every-service.patch.yaml finds the container.
      expect(template.spec.containers).toMatchObject([
        { name: 'service', image: 'undertone', command: commandOf(name) },
      ]);
      expect(template.metadata.labels).toEqual({ 'app.kubernetes.io/name': name });
      expect(selector.matchLabels).toEqual(template.metadata.labels);
      expect(template.spec.serviceAccountName).toBe(name);
      expect(budgets.get(name)?.selector.matchLabels).toEqual(template.metadata.labels);
    }
  });

  it('keeps the gateway, which knows no sign-in, on its own loopback, where no other pod reaches it', () => {
    const env = deployments.get('gateway')?.template.spec.containers[0]?.env ?? [];
    expect(env).toContainEqual({ name: 'AUTH_MODE', value: 'open' });
    expect(env).toContainEqual({ name: 'HOST', value: '127.0.0.1' });
    expect(env.map(({ name }) => name)).not.toContain('OPEN_MODE_BEHIND_LOOPBACK_PORT');
    expect(manifests('Service', z.unknown())).toEqual(new Map());
  });

  it("asks the gateway's health from inside, because the kubelet does not reach its loopback", () => {
    const patch = patchOf.parse(documents('k8s/base/gateway-probes.patch.yaml')[0]);
    const [inside] = patch.spec.template.spec.containers;
    for (const { httpGet, exec } of [inside.startupProbe, inside.livenessProbe, inside.readinessProbe]) {
      expect(httpGet).toBeNull();
      expect(exec.command.slice(0, 2)).toEqual(['node', 'deploy/healthcheck.mjs']);
      expect(exec.command[2]).toMatch(/^http:\/\/127\.0\.0\.1:8000\/(livez|readyz)$/);
    }
    const { patches } = kustomization.parse(documents('k8s/base/kustomization.yaml')[0]);
    expect(patches.map(({ path }) => path)).toEqual([
      'every-service.patch.yaml',
      'gateway-probes.patch.yaml',
    ]);
  });

  it('gives each service credentials of its own, which it does not start without', () => {
    for (const [name, { template }] of deployments) {
      const [{ envFrom = [] }] = template.spec.containers as [z.output<typeof container>];
      expect(envFrom).toContainEqual({ secretRef: { name: `undertone-${name}` } });
    }
  });

  it("leaves the prefix of Redis' keys to what Redis' users were made with", () => {
    expect(read('k8s/base/kustomization.yaml')).not.toContain('REDIS_PREFIX=');
    const made = read('k8s/README.md').match(
      /from-file=REDIS_URL=(?!.*\n?.*from-file=REDIS_PREFIX=secrets\/redis\/prefix)/g,
    );
    expect(made).toBeNull();
  });

  it('makes the streams as a user that no service is', () => {
    const job = z.looseObject({
      template: z.looseObject({ spec: z.looseObject({ containers: z.array(container) }) }),
    });
    const { containers } = manifests('Job', job).get('provision')?.template.spec ?? { containers: [] };
    const streamMaker = containers.find(({ name }) => name === 'streams');
    expect(streamMaker?.command).toEqual(['node', 'platform/dist/provision/provision-streams.js']);
    expect(streamMaker?.envFrom).toContainEqual({ secretRef: { name: 'undertone-operator' } });
    // Which is alone in the account of the streams.
    expect(read('k8s/base/kustomization.yaml')).toContain(`- NATS_API_PREFIX=${streamsApiPrefix}\n`);
    expect(streamMaker?.env).toEqual([{ name: 'NATS_API_PREFIX', value: '$JS.API' }]);
  });

  it('holds no secret', () => {
    expect(manifests('Secret', z.unknown())).toEqual(new Map());
  });
});
