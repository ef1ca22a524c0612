import { z } from 'zod';

export const weekday = z
  .enum(['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'])
  .meta({ id: 'Weekday' });
export type Weekday = z.output<typeof weekday>;

/** From 1, Monday, to 7 (ISO 8601). */
export const numberOf = (day: Weekday): number => weekday.options.indexOf(day) + 1;
