// Waits until a URL answers 2xx: `node deploy/wait-for.mjs http://nats:8222/healthz [seconds]`.
// NATS's image is built from scratch: it holds no shell and no HTTP client, so it cannot have a health check of its own.
const [url, seconds = '60'] = process.argv.slice(2);
if (!url) throw new Error('usage: wait-for.mjs URL [seconds]');

const until = Date.now() + Number(seconds) * 1000;
for (;;) {
  let last;
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(2000) });
    if (answer.ok) break;
    last = `answers ${answer.status}`;
  } catch (error) {
    last = error instanceof Error ? String(error.cause ?? error.message) : String(error);
  }
  if (Date.now() > until) {
    console.error(`${url} is not ready after ${seconds} s: ${last}`);
    process.exit(1);
  }
  await new Promise((resolve) => setTimeout(resolve, 250));
}
console.log(`${url} is ready`);
