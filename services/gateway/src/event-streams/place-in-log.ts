/** The place in the log that an event's `id` names; `undefined` where it names none. */
export const placeInLog = (id: string | undefined): number | undefined =>
  id !== undefined && /^\d{1,15}$/.test(id) ? Number(id) : undefined;
