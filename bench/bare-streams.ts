import { createServer } from 'node:http';

/** What `node:http` needs at least to keep streams of events open: the measure of `streams.bench.ts`. */
createServer((request, response) => {
  if (request.url === '/readyz') {
    response.end();
    return;
  }
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  response.write('id: 0\nevent: position\ndata: {"kind":"position"}\n\n');
  const timer = setInterval(() => response.write(': heartbeat\n\n'), 15_000);
  response.once('close', () => clearInterval(timer));
}).listen(Number(process.env.PORT), '127.0.0.1');
process.once('SIGTERM', () => process.exit());
