/**
 * Where a read is asked a second time: of every replica at once, in no queue group, because the group might give it to the
 * frozen replica again.
 */
export const repeatedSubject = (subject: string): string => `${subject}.again`;
