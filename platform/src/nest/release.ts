import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';

const manifest = findPackageJSON('..', import.meta.url);

/** The version of this release: all packages have the same. */
export const version: string = manifest ? JSON.parse(readFileSync(manifest, 'utf8')).version : 'unknown';
