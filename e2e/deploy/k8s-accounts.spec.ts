import { loadSettings } from '@undertone/platform/settings/load-settings';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { gatewaySettings, isReachedWithoutTls } from '../../services/gateway/src/settings.js';
import { identitySettings } from '../../services/identity/src/settings.js';
import { documents, manifests } from './deployed-files.js';

const FOLDER = 'k8s/overlays/accounts';

const pair = z.object({ name: z.string(), value: z.string() });
const labels = z.record(z.string(), z.string());
const probe = z.strictObject({
  exec: z.null(),
  httpGet: z.strictObject({ path: z.string(), port: z.literal('http') }),
  periodSeconds: z.int().optional(),
});
const overlay = z
  .looseObject({
    resources: z.array(z.string()),
    patches: z.array(z.strictObject({ path: z.string() })),
    configMapGenerator: z.tuple([
      z.object({ name: z.literal('undertone'), behavior: z.literal('merge'), literals: z.array(z.string()) }),
    ]),
  })
  .parse(documents(`${FOLDER}/kustomization.yaml`)[0]);
const patch = z
  .looseObject({
    kind: z.literal('Deployment'),
    metadata: z.object({ name: z.literal('gateway') }),
    spec: z.object({
      template: z.object({
        spec: z.object({
          containers: z.tuple([
            z.strictObject({
              name: z.literal('service'),
              env: z.array(pair),
              startupProbe: probe,
              livenessProbe: probe,
              readinessProbe: probe,
            }),
          ]),
        }),
      }),
    }),
  })
  .parse(documents(`${FOLDER}/gateway.patch.yaml`)[0]);
const [container] = patch.spec.template.spec.containers;

const deployment = z.looseObject({
  template: z.looseObject({
    metadata: z.looseObject({ labels }),
    spec: z.looseObject({
      containers: z.tuple([
        z.looseObject({
          env: z.array(pair),
          ports: z.array(z.looseObject({ name: z.string(), containerPort: z.int() })),
        }),
      ]),
    }),
  }),
});
const gateway = manifests('Deployment', deployment).get('gateway')?.template;
const [served] = gateway?.spec.containers ?? [];

const variables = (pairs: readonly z.output<typeof pair>[]) =>
  Object.fromEntries(pairs.map(({ name, value }) => [name, value]));
const literals = (lines: readonly string[]) =>
  Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
const base = z
  .looseObject({ configMapGenerator: z.tuple([z.looseObject({ literals: z.array(z.string()) })]) })
  .parse(documents('k8s/base/kustomization.yaml')[0]);
const shared = {
  ...literals(base.configMapGenerator[0].literals),
  ...literals(overlay.configMapGenerator[0].literals),
};
const settings = loadSettings('gateway', gatewaySettings, {
  ...shared,
  ...variables(served?.env ?? []),
  ...variables(container.env),
});

describe('k8s/overlays/accounts', () => {
  it('is the base and what opens the gateway, with nothing left out', () => {
    expect(overlay.resources[0]).toBe('../../base');
    expect(overlay.patches).toEqual([{ path: 'gateway.patch.yaml' }]);
    expect(manifests('Secret', z.unknown(), FOLDER)).toEqual(new Map());
  });

  it('has settings with which the gateway and identity start, signed in and with TLS in front', () => {
    expect(settings).toMatchObject({
      AUTH_MODE: 'accounts',
      NODE_ENV: 'production',
      HOST: '0.0.0.0',
      PORT: 8000,
    });
    expect(isReachedWithoutTls(settings)).toBe(false);
    expect(settings.TRUSTED_PROXIES).not.toEqual([]);
    const identity = loadSettings('identity', identitySettings, {
      ...shared,
      DATABASE_URL: 'postgres://a:b@db/x',
      FIELD_ENCRYPTION_KEY: Buffer.alloc(32).toString('base64'),
    });
    expect(identity).toMatchObject({
      PUBLIC_URL: settings.PUBLIC_URL,
      REGISTRATION: 'invitation',
      SPOTIFY_MODE: 'spotify',
    });
  });

  it('serves the host of PUBLIC_URL by an Ingress with TLS, and the Service behind it', () => {
    const host = new URL(settings.PUBLIC_URL).hostname;
    const backend = z.object({ name: z.string(), port: z.object({ name: z.string() }) });
    const ingress = z.looseObject({
      tls: z.array(z.object({ hosts: z.array(z.string()), secretName: z.string() })),
      rules: z.array(
        z.object({
          host: z.string(),
          http: z.object({ paths: z.array(z.looseObject({ backend: z.object({ service: backend }) })) }),
        }),
      ),
    });
    const { tls, rules } = manifests('Ingress', ingress, FOLDER).get('gateway') ?? { tls: [], rules: [] };
    expect(tls.map(({ hosts }) => hosts)).toEqual([[host]]);
    expect(rules).toMatchObject([
      {
        host,
        http: { paths: [{ path: '/', backend: { service: { name: 'gateway', port: { name: 'http' } } } }] },
      },
    ]);
    const service = manifests(
      'Service',
      z.looseObject({ selector: labels, ports: z.array(z.unknown()) }),
      FOLDER,
    );
    expect(service.get('gateway')).toMatchObject({
      selector: gateway?.metadata.labels,
      ports: [{ name: 'http', targetPort: 'http' }],
    });
  });

  it('lets the Ingress controller reach the gateway’s port, and no other pod', () => {
    const policy = z.looseObject({
      podSelector: z.object({ matchLabels: labels }),
      ingress: z.tuple([
        z.object({ ports: z.array(z.object({ port: z.int() })), from: z.array(z.unknown()).length(1) }),
      ]),
    });
    const { podSelector, ingress } = manifests('NetworkPolicy', policy, FOLDER).get('gateway') ?? {};
    expect(podSelector?.matchLabels).toEqual(gateway?.metadata.labels);
    expect(ingress?.[0].ports).toEqual([{ port: served?.ports[0]?.containerPort }]);
  });

  it('has the kubelet ask, as it does of the other services', () => {
    expect(container.startupProbe.httpGet.path).toBe('/livez');
    expect(container.livenessProbe.httpGet.path).toBe('/livez');
    expect(container.readinessProbe.httpGet.path).toBe('/readyz');
  });
});
