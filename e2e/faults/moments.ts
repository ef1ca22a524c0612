import { setTimeout as sleep } from 'node:timers/promises';
import type { RecordedEvent } from '@undertone/contracts/event';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { jobEvents } from '@undertone/platform/test-kit/jobs';
import type { Service } from '../stack/pairs.js';
import type { Replica } from '../stack/replica.js';
import type { System } from './system.js';

/** Waits until the log of a job has an event. */
export function jobReaches(
  { store }: System,
  jobId: string,
  isIt: (event: RecordedEvent) => boolean,
): Promise<RecordedEvent> {
  const probe = async () => (await jobEvents(store, jobId)).find(isIt);
  return eventually(`job ${jobId} comes there`, probe, 120_000);
}

/** Freezes a replica of a service while it holds the lock of a projection's checkpoint, in the middle of the transaction. */
export async function freezeInTransaction(system: System, service: Service): Promise<Replica> {
  const holders = async (): Promise<{ pid: number; name: string }[]> => {
    const found = await system.database.query<{ pid: number; name: string }>(
      `select distinct a.pid, a.application_name as name
         from pg_stat_activity a join pg_locks l on l.pid = a.pid
        where l.relation = $1::regclass and l.mode = 'RowShareLock' and l.granted
          and a.state = 'idle in transaction' and a.application_name like $2`,
      [`${service}.projection_checkpoint`, `${service}-%`],
    );
    return found.rows;
  };
  // A transaction then has longer pauses, in which it can be met.
  system.postgres.delayMs = 20;
  try {
    return await eventually(
      `a replica of ${service} is frozen in a transaction`,
      async () => {
        const [holder] = await holders();
        if (!holder) return undefined;
        const replica = system.pairs.replica(service, holder.name.endsWith('0') ? 0 : 1);
        replica.freeze();
        // What it had said arrives.
        await sleep(100);
        if ((await holders()).some(({ pid }) => pid === holder.pid)) return replica;
        replica.thaw();
        return undefined;
      },
      60_000,
    );
  } finally {
    system.postgres.delayMs = 0;
  }
}
