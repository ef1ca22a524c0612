const denials: readonly number[] = [401, 403, 429];

/** Whether an answer says that the caller may not do this, or not now. */
export const isDenial = (status: number): boolean => denials.includes(status);
