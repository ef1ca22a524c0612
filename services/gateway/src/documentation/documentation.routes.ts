import { readFile } from 'node:fs/promises';
import apiReference from '@scalar/fastify-api-reference';
import type { FastifyInstance } from 'fastify';

/** The page brings its own script; it needs inline styles and scripts, and nothing from anywhere else. */
const pagePolicy = [
  "default-src 'none'",
  "script-src 'self' 'unsafe-inline'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Serves the OpenAPI document and the interactive reference that reads it. */
export async function serveDocumentation(app: FastifyInstance): Promise<void> {
  const document = await readDocument();
  app.get('/openapi.json', async (_request, reply) =>
    reply.type('application/json; charset=utf-8').send(document),
  );

  await app.register(async (docs) => {
    docs.addHook('onRequest', async (request, reply) => {
      reply.header('content-security-policy', pagePolicy);
      if (request.url.startsWith('/docs/js/')) reply.header('cache-control', 'private, max-age=86400');
    });
    await docs.register(apiReference, {
      routePrefix: '/docs',
      configuration: {
        url: '/openapi.json',
        pageTitle: 'Undertone API',
        // Each of these would call a server of somebody else's.
        withDefaultFonts: false,
        telemetry: false,
        agent: { disabled: true },
        showDeveloperTools: 'never',
        hideClientButton: true,
      },
    });
  });
}

/** The contracts' document, with this server as the one to try: it may run on another port than the default. */
async function readDocument(): Promise<string> {
  const file = new URL(import.meta.resolve('@undertone/contracts/openapi.json'));
  const document: unknown = JSON.parse(await readFile(file, 'utf8'));
  return JSON.stringify({ ...(document as object), servers: [{ url: '/', description: 'This server.' }] });
}
