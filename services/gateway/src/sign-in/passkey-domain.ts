import { isIP } from 'node:net';

/**
 * Whether browsers make and take passkeys at an address: its host is to be a domain (Web Authentication Level 3, section 5.1.3, "RP
 * ID"), and its pages a secure context, which is https, or `localhost`.
 */
export function hasPasskeys(publicUrl: string): boolean {
  const { protocol, hostname } = new URL(publicUrl);
  if (isIP(hostname.replace(/^\[(.*)\]$/, '$1')) !== 0) return false;
  return protocol === 'https:' || hostname === 'localhost' || hostname.endsWith('.localhost');
}
