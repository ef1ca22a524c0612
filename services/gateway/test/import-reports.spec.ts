import { getImport } from '@undertone/contracts/listening/import';
import { newId } from '@undertone/platform/ids/ids';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { taskIdOf } from './client.js';
import { conforms } from './conforms.js';
import { exampleReport, exampleTask } from './examples.js';
import { field, file, type Part, postForm, type SentForm } from './form.js';
import { startSystem, type TestSystem } from './system.js';

let system: TestSystem;
const user_id = newId();

beforeAll(async () => {
  system = await startSystem();
  system.behind.users.set('ada', user_id);
});
afterAll(() => system.stop());

/** Posts, and holds the answer against the OpenAPI document. */
async function upload(parts: readonly Part[], sent?: SentForm) {
  const reply = await postForm(system.url, parts, sent);
  conforms('createImport', reply);
  return reply;
}

describe('the report of an import', () => {
  const get = (import_id: string) => system.call('getImport', { import_id });
  afterEach(() => system.behind.answerAll());

  it('is what ingestion says', async () => {
    const report = exampleReport(user_id);
    system.behind.imports.push(report);
    expect(await get(report.import_id)).toEqual(report);
  });

  it('is what its task says, of a dry run that nobody else knows of', async () => {
    const rehearsed = exampleReport(user_id);
    const { task } = exampleTask(user_id);
    const { import_id, rows, kept, skipped } = rehearsed;
    const result = { import_id, rows, kept, skipped, snapshots_task_id: null, report: rehearsed };
    system.behind.tasks.set(import_id, { user_id, task: { ...task, job_type: 'import-history', result } });
    expect(await get(import_id)).toEqual(rehearsed);
  });

  it('is not there yet while the job runs, and says what to follow', async () => {
    const id = taskIdOf(await upload([field('user_id', user_id), file('{}')]));
    await expect(get(id)).rejects.toMatchObject({
      status: 404,
      code: 'IMPORT_NOT_FOUND',
      detail: expect.stringContaining(`/api/tasks/${id}`),
    });
  });

  it.each([
    ['while it runs', { status: 'PROGRESS', result: null }, 'there is no report yet; follow /api/tasks/{id}'],
    [
      'that failed',
      { status: 'FAILURE', result: null },
      'the import did not succeed; /api/tasks/{id} says why',
    ],
    ['that was taken back', {}, 'the import was taken back'],
  ] as const)('is missing, to read and to take back, of an import %s', async (_, change, says) => {
    const import_id = newId();
    const result = { import_id, rows: 1, kept: 1, skipped: {}, snapshots_task_id: null };
    const { task } = exampleTask(import_id);
    system.behind.tasks.set(import_id, {
      user_id,
      task: { ...task, job_type: 'import-history', result, ...change },
    });
    const missing = { status: 404, code: 'IMPORT_NOT_FOUND', detail: says.replace('{id}', import_id) };
    await expect(get(import_id)).rejects.toMatchObject(missing);
    await expect(system.call('takeBackImport', { import_id })).rejects.toMatchObject(missing);
  });

  it('of a dry run is read, and not taken back', async () => {
    const report = exampleReport(user_id);
    const { import_id, rows, kept, skipped } = report;
    const { task } = exampleTask(import_id);
    const result = { import_id, rows, kept, skipped, snapshots_task_id: null, report };
    system.behind.tasks.set(import_id, { user_id, task: { ...task, job_type: 'import-history', result } });
    await expect(system.call('takeBackImport', { import_id })).rejects.toMatchObject({
      status: 404,
      detail: 'it was a dry run, which kept nothing',
    });
  });

  it('is not there for what is no import', async () => {
    const id = newId();
    system.behind.tasks.set(id, exampleTask(id));
    for (const other of [id, newId()]) {
      const missing = { status: 404, code: 'IMPORT_NOT_FOUND', detail: 'there is no such import' };
      await expect(get(other)).rejects.toMatchObject(missing);
    }
    await expect(get('1')).rejects.toMatchObject({ status: 422, errors: [{ path: 'import_id' }] });
  });

  it('is a 503 while ingestion is down', async () => {
    await system.behind.silence(getImport);
    await expect(get(newId())).rejects.toMatchObject({ status: 503, code: 'SERVICE_UNAVAILABLE' });
  });
});
