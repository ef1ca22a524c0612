import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { accessTable } from './access-table.ts';
import { asyncApi } from './asyncapi.ts';
import { natsUsers } from './nats-users.ts';
import { openApi } from './openapi.ts';
import { redisUsers } from './redis-users.ts';
import { routeTableModule } from './route-table.ts';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** This package's version, which is the documents'. */
export const version = (JSON.parse(readFileSync(at('../package.json'), 'utf8')) as { version: string })
  .version;

/** What is generated, as it is committed. */
export const documents = {
  access: { file: at('../generated/access.md'), render: accessTable },
  openapi: {
    file: at('../generated/openapi.json'),
    render: () => `${JSON.stringify(openApi(version), undefined, 2)}\n`,
  },
  asyncapi: {
    file: at('../generated/asyncapi.yaml'),
    // `compat` quotes what a YAML 1.1 reader would take for a date.
    render: () =>
      stringify(asyncApi(version), { lineWidth: 0, aliasDuplicateObjects: false, compat: 'yaml-1.1' }),
  },
  'NATS users': { file: at('../../deploy/nats/users.conf'), render: natsUsers },
  'Redis users': { file: at('../../deploy/redis/users.acl'), render: redisUsers },
  'route-table': {
    file: at('../src/client/route-table.ts'),
    render: routeTableModule,
  },
} as const;
