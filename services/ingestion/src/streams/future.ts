const HOUR_MS = 3_600_000;

/** Whether a moment cannot be when it was told: nobody has heard tomorrow's music, but clocks differ. */
export const isInTheFuture = (moment: Date, toldAt: Date): boolean =>
  moment.getTime() > toldAt.getTime() + HOUR_MS;
