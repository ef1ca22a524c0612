import { runQuietly } from './run-quietly.mjs';

/**
 * Asks a container to end in good order; its image says with which signal.
 *
 * @param {string} name
 */
export async function stopContainer(name) {
  await runQuietly('docker', ['stop', '--time', '10', name]);
}

/**
 * Removes a container by force, and waits until its name can be used again. One that does not exist is no error.
 *
 * @param {string | undefined} name
 */
export async function removeContainer(name) {
  if (name === undefined) {
    return;
  }
  const removed = await runQuietly('docker', ['rm', '--force', '--volumes', name]);
  if (/already in progress/.test(removed.stderr)) {
    for (let attempt = 0; attempt < 50; attempt++) {
      const { code } = await runQuietly('docker', ['container', 'inspect', name]);
      if (code !== 0) {
        return;
      }
    }
  }
}
