import { z } from 'zod';
import { EARLIEST, LATEST, MAX_MS_PLAYED } from './history-row.js';

/** A moment, and whether its seconds are told. */
export interface ToldMoment {
  readonly time: Date;
  readonly wholeMinute: boolean;
}

/** No zone is further from UTC, in minutes. */
const MAX_OFFSET = 14 * 60;

const MOMENT =
  /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,]\d+)?)?\s*(?:(Z|UTC|GMT)|([+-])(\d\d):?(\d\d)?)?$/i;

/**
 * A moment as exports write it, and as programs do that people clean them with: `2024-05-04T21:04:35Z`, `2024-05-04 21:04:35`,
 * `… UTC`, `…+00:00`. What has no zone is UTC, by the format's definition. Seconds are whole: no export has more.
 */
export function momentOf(text: string): ToldMoment | undefined {
  const parts = MOMENT.exec(text.trim());
  if (!parts) return undefined;
  const [year, month, day, hour, minute, second = 0] = parts.slice(1, 7).map((part) => Number(part ?? 0));
  const local = new Date(Date.UTC(year ?? 0, (month ?? 0) - 1, day ?? 0, hour ?? 0, minute ?? 0, second));
  // JavaScript takes 30 February for 1 March.
  const isReal =
    local.getUTCMonth() + 1 === month && local.getUTCDate() === day && local.getUTCHours() === hour;
  if (!isReal || (minute ?? 0) > 59 || second > 59) return undefined;
  const [hours, minutes] = [Number(parts[9] ?? 0), Number(parts[10] ?? 0)];
  if (minutes > 59 || hours * 60 + minutes > MAX_OFFSET) return undefined;
  const offset = (hours * 60 + minutes) * (parts[8] === '-' ? -1 : 1);
  const time = new Date(local.getTime() - offset * 60_000);
  if (time.getTime() < EARLIEST || time.getTime() >= LATEST) return undefined;
  return { time, wholeMinute: parts[6] === undefined };
}

export const moment = z.string().transform((text, context): ToldMoment => {
  const told = momentOf(text);
  if (told) return told;
  context.addIssue({ code: 'custom', message: 'is no moment' });
  return z.NEVER;
});

/** Milliseconds, also as the text that a table makes of them. */
export const milliseconds = z.preprocess(
  (value) => (typeof value === 'string' && /^\s*\d{1,12}(\.0+)?\s*$/.test(value) ? Number(value) : value),
  z.int().min(0).max(MAX_MS_PLAYED),
);

/** A name; a table takes "1999" for a number. */
export const text = z
  .union([z.string(), z.number().transform(String), z.boolean().transform(String)])
  .nullish();

const YES = new Set(['true', '1', '1.0', 'yes', 't', 'y']);
const NO = new Set(['false', '0', '0.0', 'no', 'f', 'n']);
const UNKNOWN = new Set(['', 'null', 'none', 'na', 'n/a', 'nan', 'undefined']);

/** True or false as exports write it, 0 and 1 in older ones, and as text; null: not known. */
export const truth = z.preprocess((value) => {
  const word =
    typeof value === 'string' || typeof value === 'number' ? String(value).trim().toLowerCase() : value;
  if (typeof word !== 'string') return word;
  if (YES.has(word)) return true;
  if (NO.has(word)) return false;
  return UNKNOWN.has(word) ? null : value;
}, z.boolean().nullish());
