import { spawn } from 'node:child_process';
import { cloneRoot } from '../clone-paths.mjs';
import { describe, ExplainedError } from '../explained-error.mjs';
import { isFree, portHolder } from '../processes/ports.mjs';
import { createProgress } from '../progress.mjs';
import { dockerEngine } from '../servers/sources/docker.mjs';
import { readSettings } from '../settings/settings.mjs';
import { runFlow } from './flow.mjs';

/**
 * Builds and starts everything with docker compose, goes the whole way of one person through its published port, and
 * takes it down again with its volumes. Its project name is its own, so it meets no other one.
 */

const progress = createProgress();
const project = `undertone-smoke-${process.pid}`;
let isDown = false;

for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) {
  process.on(signal, async () => {
    await takeDown();
    process.exit(130);
  });
}

let exitCode = 0;
try {
  await smoke();
  progress.step('smoke', 'passed');
} catch (error) {
  progress.plain(`\n${describe(error)}\n`);
  await compose('ps', '--all');
  await compose('logs', '--tail', '50');
  exitCode = 1;
} finally {
  await takeDown();
}
process.exit(exitCode);

async function smoke() {
  const port = readSettings().ports.PORT;
  const engine = await dockerEngine();
  if (engine === undefined) {
    throw new ExplainedError('No Docker engine answers. Start it, then try again.');
  }
  if (!(await isFree(port))) {
    const holder = (await portHolder(port)) ?? 'another program';
    throw new ExplainedError(`Port ${port} is taken by ${holder}. Stop it, or set PORT to another one.`);
  }
  progress.step('compose', `project ${project} on Docker ${engine}: building and starting`);
  if ((await quietly('up', '--build', '--wait', '--wait-timeout', '300')) !== 0) {
    throw new ExplainedError('docker compose up did not get every container well.');
  }
  await compose('ps');
  progress.step('flow', `through http://127.0.0.1:${port}`);
  await runFlow(`http://127.0.0.1:${port}`, (text) => progress.step('flow', text));
}

async function takeDown() {
  if (!isDown) {
    isDown = true;
    progress.step('compose', 'taking it down');
    await quietly('down', '--volumes', '--remove-orphans', '--timeout', '20');
  }
}

/** @param {string[]} args */
function compose(...args) {
  return run(args, (text) => process.stdout.write(text));
}

/**
 * The same, shown only where it fails: it tells of every container, layer and volume.
 *
 * @param {string[]} args
 */
async function quietly(...args) {
  let said = '';
  const code = await run(args, (text) => {
    said += text;
  });
  if (code !== 0) progress.plain(said);
  return code;
}

/**
 * @param {string[]} args
 * @param {(text: string) => void} show
 * @returns {Promise<number>} the exit code
 */
function run(args, show) {
  return new Promise((resolve) => {
    const child = spawn('docker', ['compose', '--ansi', 'never', '--project-name', project, ...args], {
      cwd: cloneRoot,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: process.platform !== 'win32',
    });
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', show);
    child.once('error', () => resolve(127));
    child.once('close', (code) => resolve(code ?? 1));
  });
}
