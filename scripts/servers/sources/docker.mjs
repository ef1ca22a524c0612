import { join } from 'node:path';
import { pathHash } from '../../clone-paths.mjs';
import { runQuietly } from '../../processes/run-quietly.mjs';
import { Unavailable } from './unavailable.mjs';

/** @type {Promise<string | undefined> | undefined} */
let engine;

/**
 * The version of the Docker engine that answers here, if one does.
 *
 * @returns {Promise<string | undefined>}
 */
export function dockerEngine() {
  engine ??= runQuietly('docker', ['version', '--format', '{{.Server.Version}}'], { timeout: 5000 }).then(
    ({ code, stdout }) => (code === 0 ? stdout.trim() : undefined),
  );
  return engine;
}

/**
 * Makes sure that an image is here.
 *
 * @param {string} image
 * @param {(text: string) => void} log
 * @throws {Unavailable}
 */
export async function ensureImage(image, log) {
  if ((await dockerEngine()) === undefined) {
    throw new Unavailable('no Docker engine answers');
  }
  if ((await runQuietly('docker', ['image', 'inspect', image])).code === 0) {
    return;
  }
  log(`pulling the image ${image}`);
  const { code, stderr } = await runQuietly('docker', ['pull', image]);
  if (code !== 0) {
    throw new Unavailable(`the image ${image} cannot be pulled: ${stderr.trim().split('\n').pop()}`, {
      notable: true,
    });
  }
}

/**
 * @param {string} server
 * @param {string} directory of its data
 */
export const containerName = (server, directory) => `undertone-${server}-${pathHash(directory)}`;

/**
 * How to run a server as a container in the foreground: its end is then the container's, and its output this log's.
 * The data folder is mounted as `/data`, so that a container and a program of the machine can take turns on it.
 *
 * @param {object} options
 * @param {string} options.server
 * @param {string} options.image
 * @param {string} options.directory of the server, which its container is named after
 * @param {string} [options.mount] the folder in it that the container sees, unless it is all of it
 * @param {Record<number, number>} options.ports outer port, on loopback alone → inner port
 * @param {Record<string, string>} [options.env] passed by name, so that no value shows in a process list
 * @param {string[]} options.args of the image
 */
export function containerPlan({ server, image, directory, mount = directory, ports, env = {}, args }) {
  const container = containerName(server, directory);
  const cidFile = join(directory, 'container-id');
  // Files made in the mounted folder have to belong to the person who starts this; for root the images take care.
  const user =
    process.platform === 'linux' && process.getuid?.() !== 0
      ? ['--user', `${process.getuid?.()}:${process.getgid?.()}`]
      : [];
  return {
    command: 'docker',
    container,
    cidFile,
    marker: container,
    env: { ...process.env, ...env },
    args: [
      'run',
      '--rm',
      ...['--name', container, '--cidfile', cidFile, '--volume', `${mount}:/data`],
      ...user,
      ...Object.entries(ports).flatMap(([outer, inner]) => ['--publish', `127.0.0.1:${outer}:${inner}`]),
      ...Object.keys(env).flatMap((name) => ['--env', name]),
      image,
      ...args,
    ],
  };
}
