import type { ScheduleDefinition } from '@undertone/contracts/schedules/schedule-defined';
import { Cron } from 'croner';
import { z } from 'zod';

/** The server fires schedules; this reads the same expressions, to say when one is due and when it was. */
const read = (cron: string, timeZone: string): Cron =>
  new Cron(cron, { timezone: timeZone, mode: '6-part', paused: true });

// Where both days are named, either is due, and where one is `*`, the other alone. Readers differ in what counts as `*`: beside other
// days, and with a step of 1, it does for the server and not for croner.
const PLAIN_DAY = /^([*?]|\*\/([2-9]|\d{2,})|[^*?]+)$/;

/** @returns what is wrong with an expression. */
export function cronFault(cron: string): string | undefined {
  const [, , , dayOfMonth = '', , dayOfWeek = ''] = cron.split(/\s+/);
  if (![dayOfMonth, dayOfWeek].every((days) => PLAIN_DAY.test(days))) {
    return 'is read in two ways, with * among other days: * stands alone, or with a step, as in */2';
  }
  try {
    return read(cron, 'UTC').nextRun() ? undefined : 'is a time that never comes';
  } catch {
    return 'is no cron expression of six fields: second, minute, hour, day of the month, month, day of the week';
  }
}

/** Six fields in a form that the server knows, or `off`. */
export const cronSetting = z
  .string()
  .trim()
  .check((context) => {
    const { value: cron } = context;
    const fault = cron === 'off' ? undefined : cronFault(cron);
    if (fault) context.issues.push({ code: 'custom', input: cron, message: `${fault}; or off` });
  });

type Due = Pick<ScheduleDefinition, 'cron' | 'time_zone'>;

/** The last time, up to and with a moment, that a schedule was due. */
export function lastDue({ cron, time_zone }: Due, moment: Date): Date | undefined {
  // croner's own answer is from before the moment that it is given.
  return read(cron, time_zone).previousRuns(1, new Date(moment.getTime() + 1))[0];
}

/** The next time after a moment that it is due. */
export const nextDue = ({ cron, time_zone }: Due, moment: Date): Date | undefined =>
  read(cron, time_zone).nextRun(moment) ?? undefined;

/**
 * The moments from one to another, both included, at which it is due, in order.
 * @param most of them.
 */
export function duesBetween({ cron, time_zone }: Due, from: Date, to: Date, most: number): Date[] {
  const pattern = read(cron, time_zone);
  const dues: Date[] = [];
  // croner's own answer is from behind the moment that it is given.
  let next = pattern.nextRun(new Date(from.getTime() - 1));
  while (next && next <= to && dues.length < most) {
    if (next >= from) dues.push(next);
    next = pattern.nextRun(next);
  }
  return dues;
}
