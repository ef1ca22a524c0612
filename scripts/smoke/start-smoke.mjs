import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cloneRoot, logsDirectory } from '../clone-paths.mjs';
import { describe, ExplainedError } from '../explained-error.mjs';
import { answers, pickPort } from '../processes/ports.mjs';
import { createProgress } from '../progress.mjs';
import { PORTS } from '../settings/settings.mjs';
import { runFlow } from './flow.mjs';

/**
 * Does what a newcomer does, as if this machine had no Docker: `npm start`, the whole way of one person, Ctrl-C; and
 * once more, because the second start has to prepare nothing and to find the data again. It uses ports of its own.
 */

/** What a start says while it gets something that is not there. */
const PREPARING = /^.*\b(installing|unpacking|pulling|copying)\b.*$/m;
const STOP_SECONDS = 60;
const progress = createProgress();
const env = { ...process.env, SERVERS_FROM: 'path,npm,archive', NODE_ENV: undefined };
for (const [setting] of PORTS) {
  env[setting] = String(await pickPort());
}
const url = `http://127.0.0.1:${env.PORT}`;
/** @type {import('node:child_process').ChildProcess | undefined} */
let running;
process.once('exit', () => running?.kill('SIGTERM'));

try {
  await start(600);
  const { userId } = await runFlow(url, (text) => progress.step('flow', text));
  await stop();

  // How long it takes is the machine's business: whether it is quick shows in what it leaves out.
  const second = await start(60);
  progress.step('smoke', `the second start took ${second.seconds.toFixed(1)} s`);
  const [prepared] = PREPARING.exec(second.output) ?? [];
  if (prepared !== undefined || !/ install +nothing has changed/.test(second.output)) {
    throw new ExplainedError(`The second start prepared again: ${prepared ?? 'it installed the packages'}`);
  }
  const built = readFileSync(join(logsDirectory, 'build.log'), 'utf8');
  if (!built.trimEnd().endsWith('FULL TURBO')) {
    throw new ExplainedError(`The second start built again:\n${built.slice(-2000)}`);
  }
  const kept = await (await fetch(`${url}/api/listening/snapshots?user_id=${userId}`)).json();
  if (!Array.isArray(kept) || kept.length !== 1) {
    throw new ExplainedError(`The second start did not find the data again: ${JSON.stringify(kept)}`);
  }
  await stop();
  progress.step('smoke', 'passed');
} catch (error) {
  progress.plain(`\n${describe(error)}\n`);
  process.exitCode = 1;
  running?.kill('SIGTERM');
}

/**
 * @param {number} limitSeconds
 * @returns {Promise<{ seconds: number, output: string }>} how long it took until it was ready, and what it said
 */
async function start(limitSeconds) {
  const begun = Date.now();
  const child = spawn('npm', ['start'], { cwd: cloneRoot, env, stdio: ['ignore', 'pipe', 'inherit'] });
  running = child;
  let output = '';
  await new Promise((resolve, reject) => {
    const late = setTimeout(
      () => reject(new ExplainedError(`npm start was not ready after ${limitSeconds} s:\n${output}`)),
      limitSeconds * 1000,
    );
    child.stdout.on('data', (chunk) => {
      output += chunk;
      process.stdout.write(chunk);
      if (output.includes('Undertone is ready.')) {
        clearTimeout(late);
        resolve(undefined);
      }
    });
    child.once('exit', (code) => {
      clearTimeout(late);
      reject(new ExplainedError(`npm start ended with ${code} before it was ready.`));
    });
  });
  return { seconds: (Date.now() - begun) / 1000, output };
}

/** What Ctrl-C does; npm is gone at once, and soon after it nothing may listen on any of the ports any more. */
async function stop() {
  const child = running;
  if (child === undefined) return;
  running = undefined;
  child.removeAllListeners('exit');
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
  const deadline = Date.now() + STOP_SECONDS * 1000;
  for (const [setting, what] of PORTS) {
    while (await answers(Number(env[setting]))) {
      if (Date.now() > deadline) {
        throw new ExplainedError(`After the stop ${what} still listens on ${env[setting]}.`);
      }
      await sleep(200);
    }
  }
  progress.step('smoke', 'stopped; nothing is left');
}
