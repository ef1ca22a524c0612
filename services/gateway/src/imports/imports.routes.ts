import type { Principal } from '@undertone/contracts/access/principal';
import { importHistory } from '@undertone/contracts/jobs/import-history';
import { isTerminal } from '@undertone/contracts/jobs/job';
import { takeBackImport } from '@undertone/contracts/jobs/renew-plays';
import type { Task } from '@undertone/contracts/jobs/task';
import { getImport, listImportRows, listImports } from '@undertone/contracts/listening/import';
import { routes } from '@undertone/contracts/rest/routes';
import { provesNotWritten } from '@undertone/platform/event-store/event-store';
import { newId } from '@undertone/platform/ids/ids';
import { IdempotencyMismatch, requestJob } from '@undertone/platform/jobs/request-job';
import type { FastifyInstance } from 'fastify';
import type { GatewayDependencies } from '../dependencies.js';
import { nextPage } from '../http/next-page.js';
import { queued } from '../http/queued.js';
import { serveRoute } from '../http/serve-route.js';
import { HttpProblem, invalidInput } from '../problems/problem.js';
import { serveUpload } from '../uploads/serve-upload.js';
import { taskOfSameFile } from './same-file.js';

/** Whether there is surely no import of an upload; where the outcome is open, its import would find nothing. */
const isSurelyUnused = (error: unknown): boolean =>
  provesNotWritten(error) || error instanceof IdempotencyMismatch;

/** What a dry run would have reported: its task has that, and nobody else. */
const rehearsed = (task: Task | undefined) => importHistory.result.safeParse(task?.result).data?.report;

/** Why an import has no report, by its task. */
function noReport(task: Task | undefined): HttpProblem {
  const problem = (detail: string) => new HttpProblem('IMPORT_NOT_FOUND', detail);
  if (task?.job_type !== importHistory.type) return problem('there is no such import');
  const path = `/api/tasks/${task.task_id}`;
  if (!isTerminal(task.status)) return problem(`there is no report yet; follow ${path}`);
  if (task.status !== 'SUCCESS') return problem(`the import did not succeed; ${path} says why`);
  return problem(rehearsed(task) ? 'it was a dry run, which kept nothing' : 'the import was taken back');
}

/** @param limitBytes what an uploaded file may have. */
export async function serveImports(
  app: FastifyInstance,
  { log, objects, rpc, store, tasks, users }: GatewayDependencies,
  limitBytes: number,
): Promise<void> {
  // A failure here must not hide the one before it; the object's key is all that is needed to delete it by hand.
  const discard = (key: string) =>
    objects.delete(key).catch((error: unknown) => log.error({ err: error, key }, 'upload not deleted'));

  /** An import's report, and its task where there is none. */
  const find = async (import_id: string, caller: Principal) => {
    const { report } = await rpc(caller).ask(getImport, { import_id });
    if (report) return { report };
    const task = (await tasks.find(import_id, caller))?.task;
    // It may have ended in between.
    return task?.status === 'SUCCESS'
      ? { ...(await rpc(caller).ask(getImport, { import_id })), task }
      : { task };
  };

  await serveUpload(
    app,
    routes.createImport,
    limitBytes,
    async ({ user_id, dry_run }, file, { idempotencyKey }) => {
      await users.mustExist(user_id);
      const upload = await objects.put(`uploads/${user_id}/${newId()}`, file.data, limitBytes);
      try {
        await file.end();
        if (upload.size === 0) throw invalidInput([{ path: 'file', message: 'is empty' }]);
        await users.mustStillExist(user_id);
      } catch (error) {
        await discard(upload.key);
        throw error;
      }
      const payload = { user_id, upload, file_name: file.name, ...(dry_run && { dry_run: true as const }) };
      try {
        // A person waits for it, however large it is.
        const request = { payload, lane: 'interactive', source: 'gateway', idempotencyKey } as const;
        return queued(await requestJob(store, importHistory, request));
      } catch (error) {
        if (!isSurelyUnused(error)) throw error;
        await discard(upload.key);
        const earlier = taskOfSameFile(error, payload);
        if (earlier) return queued(earlier);
        throw error;
      }
    },
  );

  serveRoute(app, routes.getImport, async ({ import_id }, { caller }) => {
    const { report, task } = await find(import_id, caller);
    const shown = report ?? rehearsed(task);
    if (!shown) throw noReport(task);
    return { body: shown };
  });

  serveRoute(app, routes.listImports, async (query, { caller }) => {
    const page = await rpc(caller).ask(listImports, query);
    return { body: page.items, headers: nextPage(routes.listImports.path, query, page.next) };
  });

  serveRoute(app, routes.listImportRows, async (query, { caller }) => {
    const { page } = await rpc(caller).ask(listImportRows, query);
    if (!page)
      throw new HttpProblem('IMPORT_NOT_FOUND', 'there is no such import, or its rows were not written down');
    const path = routes.listImportRows.path.replace('{import_id}', query.import_id);
    const { import_id: _, ...filters } = query;
    return { body: page.items, headers: nextPage(path, filters, page.next) };
  });

  serveRoute(app, routes.takeBackImport, async ({ import_id }, { caller, idempotencyKey }) => {
    const { report, task } = await find(import_id, caller);
    if (!report) throw noReport(task);
    const payload = { user_id: report.user_id, import_id };
    const request = { payload, lane: 'interactive', source: 'gateway', idempotencyKey } as const;
    return queued(await requestJob(store, takeBackImport, request));
  });
}
