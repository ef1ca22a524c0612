import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { providerFetch } from './provider-calls.js';

let server: Server | undefined;
afterEach(() => server?.closeAllConnections());

it('takes no answer that stands in the address itself', async () => {
  const asking = providerFetch({ timeoutMs: 20_000, allowed: [] })('data:application/json,{}', {
    method: 'GET',
    headers: {},
    redirect: 'manual',
    body: undefined,
  });
  await expect(asking).rejects.toMatchObject({
    code: 'PROVIDER_ANSWER_INVALID',
    message: expect.stringContaining('it names data:, which is no public address'),
  });
});

it('stops reading an answer that has no end', async () => {
  server = createServer((_request, response) => {
    const write = () => {
      while (!response.destroyed && response.write(Buffer.alloc(65_536)));
      response.once('drain', write);
    };
    write();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const reading = providerFetch({ timeoutMs: 20_000, allowed: [`127.0.0.1:${port}`] })(
    `http://127.0.0.1:${port}/`,
    {
      method: 'GET',
      headers: {},
      redirect: 'manual',
      body: undefined,
    },
  );
  await expect(reading).rejects.toMatchObject({ code: 'PROVIDER_ANSWER_INVALID' });
});
