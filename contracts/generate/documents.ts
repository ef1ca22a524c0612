import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { accessTable } from './access-table.ts';
import { asyncApi } from './asyncapi.ts';
import { openApi } from './openapi.ts';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** This package's version, which is the documents'. */
export const version = (JSON.parse(readFileSync(at('../package.json'), 'utf8')) as { version: string })
  .version;

/** The documents as they are committed. */
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
} as const;
