import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { rolldown } from 'rolldown';
import { expect, it } from 'vitest';

const src = fileURLToPath(new URL('../src/', import.meta.url));

/** What a page would write to call three routes. */
const page = `
import { call } from '@undertone/contracts/client/call';
const api = { url: '' };
const { user_id } = await call(api, 'registerUser', { spotify_user_id: 'ada', display_name: 'Ada' });
await call(api, 'ingestListening', { user_id, time_range: 'medium_term' });
console.log(await call(api, 'listSnapshots', { user_id }));
`;

async function bundled(code: string) {
  const entry = `${src}page.js`;
  const bundle = await rolldown({
    input: entry,
    platform: 'browser',
    resolve: { conditionNames: ['undertone-source', 'import'], extensionAlias: { '.js': ['.ts', '.js'] } },
    plugins: [
      {
        name: 'page',
        resolveId: (id) => (id === entry ? id : null),
        load: (id) => (id === entry ? code : null),
      },
    ],
  });
  const { output } = await bundle.generate({ minify: true });
  const [{ code: text, moduleIds }] = output;
  return {
    modules: moduleIds.filter((id) => id !== entry),
    bytes: Buffer.byteLength(text),
    gzip: gzipSync(text).byteLength,
  };
}

it('lets a page call routes without zod or a schema in its bundle', async () => {
  const { modules, bytes, gzip } = await bundled(page);
  console.log(`three calls: ${bytes} bytes, ${gzip} with gzip`);
  expect(modules.filter((module) => !module.startsWith(`${src}client/`))).toEqual([]);
  expect(modules).toContain(`${src}client/route-table.ts`);
});

it('would see a schema there', async () => {
  const { modules, bytes, gzip } = await bundled(
    `${page} import { routes } from '@undertone/contracts/rest/routes'; console.log(routes);`,
  );
  console.log(`with the schemas: ${bytes} bytes, ${gzip} with gzip`);
  expect(modules.some((module) => module.includes('/zod/'))).toBe(true);
});
