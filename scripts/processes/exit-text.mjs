/**
 * How a program ended, in words.
 *
 * @param {import('./launch.mjs').Exit} exit
 */
export function exitText({ code, signal, error }) {
  if (error !== undefined) {
    return `could not be started: ${error}`;
  }
  return signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;
}
