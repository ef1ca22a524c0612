import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/**
 * Whether an address is one of the public internet. Everything else that IANA's registries of special-purpose addresses name is
 * not: loopback, private and link-local networks, clouds' metadata, and the ranges that carry an IPv4 address in an IPv6 one
 * (mapped, NAT64, 6to4, Teredo), behind which any of them may stand.
 */
export const isPublicAddress = (address: string): boolean =>
  isIP(address) !== 0 && ipaddr.parse(address).range() === 'unicast';
