// The container's HEALTHCHECK: 0 when the service says that it is ready. In Node, since the slim image has no curl.
const url = process.argv[2] ?? `http://127.0.0.1:${process.env.PORT ?? 8080}/readyz`;

try {
  const answer = await fetch(url, { signal: AbortSignal.timeout(4000) });
  if (!answer.ok) {
    // Docker keeps what a health check prints: `docker inspect` then shows which dependency is missing.
    console.error(`${url}: ${answer.status} ${(await answer.text()).slice(0, 1000)}`);
    process.exitCode = 1;
  }
} catch (error) {
  console.error(`${url}: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
