import type { Api } from '@undertone/contracts/client/api';
import { call } from '@undertone/contracts/client/call';
import { follow } from '@undertone/contracts/client/follow';
import type { Task } from '@undertone/contracts/jobs/task';
import { Progress } from './progress.ts';

const OVER: readonly Task['status'][] = ['SUCCESS', 'FAILURE', 'REVOKED'];

/** Shows a job, by its public task, until it ends. Its failure is the process's, too: it says why, and exits with 1. */
export async function watchTask(api: Api, id: string): Promise<Task> {
  const progress = new Progress();
  const show = ({ status, progress: at, error }: Task) =>
    progress.show(
      Math.floor(at?.percent ?? 0),
      100,
      status,
      [status, error?.message ?? at?.message].filter(Boolean).join(', '),
    );
  let last: Task | undefined;
  try {
    for await (last of follow(api, 'followTask', { task_id: id })) {
      show(last);
      if (OVER.includes(last.status)) break;
    }
  } finally {
    progress.stop();
  }
  const task = last ?? (await call(api, 'getTask', { task_id: id }));
  if (task.status !== 'SUCCESS') {
    console.error(
      `the job ${id} ended with ${task.status}: ${task.error?.message ?? 'it was revoked'} (${task.error?.code ?? ''})`,
    );
    process.exitCode = 1;
  }
  return task;
}
