import { accessSync, constants } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type BrowserContext, chromium } from 'playwright-core';

/** Names that a Chromium goes by. */
const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome'];

/** A browser with a profile of its own, which goes with it. */
export interface OpenBrowser {
  readonly context: BrowserContext;
  close(): Promise<void>;
}

/**
 * Starts a Chromium without a window: that of `BROWSER_PATH`, else one on the PATH.
 * @throws {Error} there is none.
 */
export async function openBrowser(): Promise<OpenBrowser> {
  const executablePath = process.env.BROWSER_PATH || onPath();
  if (!executablePath) {
    throw new Error(
      `this test needs a Chromium, and none of ${NAMES.join(', ')} is on the PATH: install one ` +
        '(Debian: apt install chromium), or name its program in BROWSER_PATH',
    );
  }
  const profile = await mkdtemp(join(tmpdir(), 'undertone-browser-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    // Nothing but what the test does: no look-ups of its maker's, no updates.
    args: [
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
    ],
    // The API’s answers are no pages, and let no script run in them; the tests’ own does.
    bypassCSP: true,
    chromiumSandbox: process.getuid?.() !== 0,
  });
  return {
    context,
    async close() {
      await context.close();
      await rm(profile, { recursive: true, force: true });
    },
  };
}

function onPath(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const candidates = folders.flatMap((folder) => NAMES.map((name) => join(folder, name)));
  return candidates.find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
