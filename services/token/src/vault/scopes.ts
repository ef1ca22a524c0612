/** The scopes of a list that is separated by spaces (RFC 6749, section 3.3), each once. */
export const scopesIn = (list: string): string[] => [
  ...new Set(list.split(' ').filter((scope) => scope !== '')),
];
