import { beginExport, getArchive, getExport } from '@undertone/contracts/personal-data/personal-export';
import { routes } from '@undertone/contracts/rest/routes';
import { openStream, SEAL_BYTES } from '@undertone/platform/crypto/sealed-stream';
import { ObjectMissing } from '@undertone/platform/objects/object-storage';
import type { FastifyInstance } from 'fastify';
import type { GatewayDependencies } from '../dependencies.js';
import { queued } from '../http/queued.js';
import { serveFile } from '../http/serve-file.js';
import { serveRoute } from '../http/serve-route.js';
import { HttpProblem } from '../problems/problem.js';
import { themselves } from '../users/themselves.js';

/** A person takes everything along. */
export function serveExports(
  app: FastifyInstance,
  { objects, rpc, writeKeys }: Pick<GatewayDependencies, 'objects' | 'rpc' | 'writeKeys'>,
): void {
  serveRoute(app, routes.startExport, async ({ user_id }, { caller, idempotencyKey }) => {
    const userId = themselves(caller, user_id);
    const write = { route: routes.startExport.id, caller: userId, key: idempotencyKey, input: {} };
    const { task_id } = await writeKeys.once(
      write,
      () => rpc(caller).ask(beginExport, { user_id: userId }),
      // The export that was asked for with this key may be done.
      () => rpc(caller).ask(getExport, { user_id: userId }),
    );
    return { ...queued(task_id), about: userId };
  });

  serveRoute(app, routes.getExport, async ({ user_id }, { caller }) => ({
    body: await rpc(caller).ask(getExport, { user_id: themselves(caller, user_id) }),
  }));

  serveFile(app, routes.downloadExport, async (link, caller) => {
    const { archive, file_name, user_id } = await rpc(caller).ask(getArchive, link);
    return {
      name: file_name,
      size: archive.size - SEAL_BYTES,
      userId: user_id,
      open: async () => {
        const sealed = await objects.get(archive).catch((error: unknown) => {
          if (!(error instanceof ObjectMissing)) throw error;
          throw new HttpProblem('EXPORT_EXPIRED', 'the archive was deleted at this moment');
        });
        return openStream(sealed, link.code);
      },
    };
  });
}
