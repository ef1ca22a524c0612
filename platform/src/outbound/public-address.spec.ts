import { expect, it } from 'vitest';
import { isPublicAddress } from './public-address.js';

it.each([
  '8.8.8.8',
  '1.1.1.1',
  '93.184.215.14',
  '172.15.255.255',
  '172.32.0.1',
  '100.63.255.255',
  '2001:4860:4860::8888',
  '2a00:1450:4001:81b::200e',
])('%s is public', (address) => {
  expect(isPublicAddress(address)).toBe(true);
});

it.each([
  // This host and this network.
  ...['0.0.0.0', '0.1.2.3', '127.0.0.1', '127.1.2.3', '127.255.255.255', '::', '::1'],
  // Private networks, and those between a carrier and its customers.
  ...['10.0.0.1', '10.255.255.255', '172.16.0.1', '172.31.255.255', '192.168.0.1', '192.168.255.255'],
  ...['100.64.0.1', '100.127.255.255', 'fc00::1', 'fd00::1', 'fdff:ffff::1', 'fec0::1'],
  // Link-local: the metadata of clouds among them.
  ...[
    '169.254.0.1',
    '169.254.169.254',
    '169.254.170.2',
    'fe80::1',
    'fe80::1%eth0',
    'febf::1',
    'fd00:ec2::254',
  ],
  // For everybody, or for nobody.
  ...['224.0.0.1', '239.255.255.250', '255.255.255.255', 'ff02::1', 'ff05::2', '240.0.0.1', '250.1.2.3'],
  // For documents, protocols and measurements.
  ...['192.0.2.1', '198.51.100.1', '203.0.113.1', '198.18.0.1', '198.19.255.255', '192.0.0.1', '192.0.0.170'],
  ...['192.88.99.1', '192.31.196.1', '192.52.193.1', '192.175.48.1', '2001:db8::1', '3fff::1', '5f00::1'],
  ...['100::1', '2001:2::1', '2001:20::1', '2001::1', '2620:4f:8000::1'],
  // An IPv4 address within an IPv6 one: mapped, compatible, NAT64, 6to4, Teredo.
  ...['::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:10.0.0.1', '::ffff:8.8.8.8', '::ffff:0:127.0.0.1'],
  ...['::127.0.0.1', '64:ff9b::127.0.0.1', '64:ff9b::a9fe:a9fe', '64:ff9b:1::10.0.0.1'],
  ...['2002:7f00:1::', '2002:a00:1::1', '2002:a9fe:a9fe::', '2001:0:7f00:1::'],
  // No address.
  ...['', 'localhost', '256.1.1.1', '1.2.3', '::g', '127.0.0.1:80', '[::1]'],
])('%j is not', (address) => {
  expect(isPublicAddress(address)).toBe(false);
});
