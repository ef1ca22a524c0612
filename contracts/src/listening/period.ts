import { z } from 'zod';
import { timeZone } from '../time-zone.js';

/** A day of somebody's calendar, within what every database and calendar here can name. */
export const calendarDay = z.iso
  .date({ abort: true })
  .refine((day) => day >= '1970-01-01' && day <= '2999-12-31', 'must lie between 1970 and 2999');

/** From a first to a last day, both included; open where one is absent. */
export const days = {
  from: calendarDay
    .optional()
    .meta({ description: 'The first day, in the time zone.', example: '2026-11-01' }),
  to: calendarDay.optional().meta({ description: 'The last day, in the time zone; it is included.' }),
};

/** In a request: the person's own zone unless another one is asked for. */
export const askedTimeZone = timeZone.optional().meta({
  description:
    'Whose days are meant: an IANA name. Without it the person’s own, or `UTC` where none is known.',
  example: 'Europe/Berlin',
});

interface Period {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** For `refine`: days are text that sorts as time does. */
export const inOrder = ({ from, to }: Period): boolean =>
  from === undefined || to === undefined || from <= to;
export const outOfOrder = { path: ['from'], error: 'is after `to`' };
