/**
 * What the start prints: one line a step, each with the time since the start.
 *
 * @typedef {object} Progress
 * @property {(name: string, text: string) => void} step
 * @property {(name: string, text: string) => void} warn something a person should read
 * @property {(text: string) => void} plain text without a time
 */

/**
 * @param {(line: string) => void} [write]
 * @returns {Progress}
 */
export function createProgress(write = (line) => process.stdout.write(`${line}\n`)) {
  const started = performance.now();
  const time = () => `${((performance.now() - started) / 1000).toFixed(1).padStart(6)}s`;
  return {
    step: (name, text) => write(`${time()}  ${name.padEnd(10)}  ${text}`),
    warn: (name, text) => write(`${time()}  ${name.padEnd(10)}  ! ${text}`),
    plain: write,
  };
}
