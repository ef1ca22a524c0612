import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { documents } from './documents.ts';

for (const { file, render } of Object.values(documents)) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, render());
  console.log(`wrote ${relative(process.cwd(), file)}`);
}
