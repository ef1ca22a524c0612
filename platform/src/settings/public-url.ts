import { z } from 'zod';

/**
 * Where people reach the installation: scheme and host, and a port where it is not the usual one. It is the `iss` of access
 * tokens, and where other sites send people back to. Cookies are marked `Secure` where it begins with https.
 */
export const publicUrl = z
  .url({ protocol: /^https?$/ })
  .default('http://127.0.0.1:8000')
  .refine((url) => isOrigin(url), 'is to be a scheme and a host, such as https://undertone.example.org')
  .transform((url) => new URL(url).origin);

const isOrigin = (url: string): boolean => {
  if (!URL.canParse(url)) return true;
  const { username, password, pathname, search, hash } = new URL(url);
  return `${username}${password}${search}${hash}` === '' && pathname === '/';
};
