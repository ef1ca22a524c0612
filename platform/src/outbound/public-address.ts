import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/**
 * Whether an address is one of the public internet. Everything else that IANA's registries of special-purpose addresses name is
 * not: loopback, private and link-local networks, clouds' metadata, and the ranges that carry an IPv4 address in an IPv6 one
 * (mapped, NAT64, 6to4, Teredo), behind which any of them may stand. Of IPv6, `2000::/3` alone is assigned to the internet (RFC 4291,
 * IANA's IPv6 address space); what lies outside, as `::127.0.0.1`, may mean anything to a network.
 */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 0) return false;
  const parsed = ipaddr.parse(address);
  if (parsed.range() !== 'unicast') return false;
  return parsed.kind() === 'ipv4' || parsed.match(GLOBAL_UNICAST);
}

const GLOBAL_UNICAST = ipaddr.parseCIDR('2000::/3');
