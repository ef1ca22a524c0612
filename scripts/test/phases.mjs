/**
 * In which order tasks run: a list of phases, each of them lists of tasks that run at once, a turbo each.
 *
 * Checks and builds work, and tests on real servers mostly wait. So these come last and run together, and `e2e`, the
 * longest, has a turbo of its own: in one queue with the others it would begin when they are done.
 *
 * @param {readonly string[]} tasks
 * @returns {readonly (readonly string[])[][]}
 */
export function phasesOf(tasks) {
  if (!tasks.includes('e2e') || !tasks.includes('integration')) return [[tasks]];
  const checks = tasks.filter((task) => task !== 'e2e' && task !== 'integration');
  // Built before, so that the two do not build the same package at once.
  return [[[...new Set(['build', ...checks])]], [['e2e'], ['integration']]];
}
