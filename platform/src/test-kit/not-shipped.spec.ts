import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const platform = fileURLToPath(new URL('../../', import.meta.url));

it('is in no build, neither by itself nor because something else imports it', () => {
  const tsc = ['exec', 'tsc', '-p', 'tsconfig.build.json', '--listFilesOnly'];
  const files = execFileSync('pnpm', tsc, { cwd: platform, encoding: 'utf8' }).split('\n');
  const own = files.filter((file) => file.startsWith(`${platform}src/`));
  expect(own).toContain(`${platform}src/nest/run-main.ts`);
  expect(own.filter((file) => file.includes('/test-kit/'))).toEqual([]);
}, 60_000);
