import { setTimeout as sleep } from 'node:timers/promises';
import { Option } from 'commander';

const AGAIN_MS = 2_000;

export const watchOption = (): Option => new Option('-w, --watch', 'print it again every two seconds');

/** Shows something once, or until the operator has seen enough. On a screen each takes the place of the one before. */
export async function shown(watch: true | undefined, show: () => Promise<void>): Promise<void> {
  for (;;) {
    if (watch && process.stdout.isTTY) console.clear();
    await show();
    if (!watch) return;
    await sleep(AGAIN_MS);
  }
}
