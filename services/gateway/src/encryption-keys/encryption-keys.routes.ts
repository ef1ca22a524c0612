import { encryptingServices, listKeys } from '@undertone/contracts/encryption-keys';
import { nobody } from '@undertone/contracts/id';
import { keyRotations } from '@undertone/contracts/jobs/rotate-keys';
import { routes } from '@undertone/contracts/rest/routes';
import { requestJob } from '@undertone/platform/jobs/request-job';
import type { FastifyInstance } from 'fastify';
import type { GatewayDependencies } from '../dependencies.js';
import { queued } from '../http/queued.js';
import { serveRoute } from '../http/serve-route.js';

/** The keys that encrypt what is kept of people; each service keeps its own, and rotates them in a job. */
export function serveEncryptionKeys(app: FastifyInstance, { rpc, store }: GatewayDependencies): void {
  serveRoute(app, routes.listKeys, async (_nothing, { caller }) => ({
    body: await Promise.all(encryptingServices.map((service) => rpc(caller).ask(listKeys(service), {}))),
  }));

  serveRoute(app, routes.rotateKeys, async ({ service }, { caller, idempotencyKey }) => {
    const { keys } = await rpc(caller).ask(listKeys(service), {});
    const newest = keys.find(({ encrypts }) => encrypts);
    if (!newest?.id) throw new Error(`the ${service} service encrypts with no key`);
    const payload = { user_id: nobody, key_id: newest.id };
    const request = { payload, lane: 'bulk', source: 'gateway', idempotencyKey } as const;
    return queued(await requestJob(store, keyRotations[service], request));
  });
}
