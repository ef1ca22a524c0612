import { Inject, Injectable } from '@nestjs/common';
import type { Logger } from '@undertone/platform/logging/logger';
import { Repeated } from '@undertone/platform/nest/repeated';
import { LOGGER } from '@undertone/platform/nest/tokens';
import { lastDue } from '../cron.js';
import { type Recorded, ScheduleLog } from './schedule-log.js';
import { scheduleNames } from './schedules.js';

const PAUSE_MS = 10_000;
/** What the server gets to fire by itself, after its own start too. */
const GRACE_MS = 5_000;

/**
 * The time that a schedule was due and did not fire; `undefined` where all is well. A server that was killed over a due
 * time forgets it (one that was stopped makes up for it at its start, seen with 2.15).
 */
export function missed(defined: Recorded, lastFiring: Recorded | undefined, now: Date): Date | undefined {
  const due = lastDue(defined.definition, new Date(now.getTime() - GRACE_MS));
  // What was due before the schedule was as it is, or while it was paused, is nobody's fault.
  const since = Math.max(defined.at.getTime(), lastFiring?.at.getTime() ?? 0);
  return due && due.getTime() > since ? due : undefined;
}

/** Records firings that the server missed. Any replica does it; of several at once the first one's counts. */
@Injectable()
export class MissedFirings extends Repeated {
  constructor(
    @Inject(ScheduleLog) private readonly scheduleLog: ScheduleLog,
    @Inject(LOGGER) log: Logger,
  ) {
    super(log, 'missed firings could not be looked for', PAUSE_MS);
  }

  protected override async once(): Promise<number> {
    for (const name of scheduleNames) {
      const defined = await this.scheduleLog.definition(name);
      if (!defined || defined.definition.paused) continue;
      const lastFiring = await this.scheduleLog.lastFiring(name);
      const due = missed(defined, lastFiring, new Date());
      if (!due) continue;
      await this.scheduleLog.fire(defined.definition, due, lastFiring?.sequence ?? 0);
      this.log.warn({ schedule: name, due }, 'the server missed a firing, which is made up for');
    }
    return PAUSE_MS;
  }
}
