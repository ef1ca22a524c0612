/** Where a service's tables are built anew, beside the ones that are read. */
export const shadowOf = (schema: string): string => `${schema}_shadow`;
/** Where the old tables are kept after a swap, until they are dropped. */
export const retiredOf = (schema: string): string => `${schema}_retired`;
