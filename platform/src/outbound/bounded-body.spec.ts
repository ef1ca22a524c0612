import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, expect, it } from 'vitest';
import { boundedBody } from './bounded-body.js';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function asked(answer: (response: ServerResponse) => void): Promise<Response> {
  server = createServer((_request, response) => answer(response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
}

it('is given whole up to the limit', async () => {
  const response = await asked((to) => to.end('a'.repeat(1_000)));
  expect((await boundedBody(response, 1_000)).byteLength).toBe(1_000);
});

it('is read no further where it has no end', async () => {
  const response = await asked((to) => {
    const write = () => {
      while (!to.destroyed && to.write(Buffer.alloc(65_536)));
      to.once('drain', write);
    };
    write();
  });
  await expect(boundedBody(response, 100_000)).rejects.toThrow('far too long');
});

it('is too long, too, where only unpacking shows that', async () => {
  const packed = gzipSync(Buffer.alloc(10_000_000));
  const response = await asked((to) => to.writeHead(200, { 'content-encoding': 'gzip' }).end(packed));
  expect(packed.byteLength).toBeLessThan(100_000);
  await expect(boundedBody(response, 100_000)).rejects.toThrow('far too long');
});
