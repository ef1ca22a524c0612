import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { Guardian } from '../stack/guardian.js';

it('ends what nobody else has ended, once whoever started it is gone', async () => {
  const guardian = new Guardian();
  const left = spawn(process.execPath, ['--eval', 'setInterval(() => {}, 1e6)'], { stdio: 'ignore' });
  const ended = once(left, 'exit');
  guardian.guard('process', left.pid ?? 0);
  guardian.guard('process', process.pid);
  guardian.forget('process', process.pid);
  guardian.release();
  expect(await ended).toEqual([null, 'SIGKILL']);
});
