import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { fastify } from 'fastify';
import { expect, it } from 'vitest';
import { answerBrokenRequest } from './broken-request.js';
import { refuseSlowBodies } from './slow-bodies.js';

it('ends a request whose body does not come, but not an upload', async () => {
  const app = fastify({ clientErrorHandler: answerBrokenRequest });
  refuseSlowBodies(app, 20);
  app.post('/', async () => ({}));
  app.post('/upload', { config: { upload: true } }, async () => ({}));
  try {
    await app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = app.server.address() as AddressInfo;
    const begin = (path: string) => {
      const socket = connect(port, '127.0.0.1');
      socket.write(
        `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n`,
      );
      socket.write('Connection: close\r\n\r\n{');
      return socket;
    };
    const upload = begin('/upload');
    expect(await text(begin('/'))).toMatch(/^HTTP\/1\.1 408 /);
    upload.write('}');
    expect(await text(upload)).toMatch(/^HTTP\/1\.1 200 /);
  } finally {
    await app.close();
  }
});
