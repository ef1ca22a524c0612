const KEPT_LINES = 500;
const SHOWN_LINES = 60;
/** Where vitest begins to say what failed. */
const FAILURES = / Failed (Tests|Suites) \d/;
/** Colours and the like. */
const ESCAPES = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*[A-Za-z]`, 'g');

/** Keeps the end of what each task said, out of turbo's lines, which begin with `package:task: `. */
export function createTaskOutput() {
  /** @type {Map<string, string[]>} */
  const said = new Map();

  return {
    /** @param {string} line */
    keep(line) {
      const [, name, task, text = ''] = /^(\S+?):(\S+?): ?(.*)$/.exec(line.replaceAll(ESCAPES, '')) ?? [];
      if (name === undefined) return;
      const id = `${name}#${task}`;
      const lines = said.get(id) ?? [];
      said.set(id, lines);
      lines.push(text);
      if (lines.length > KEPT_LINES) lines.shift();
    },
    /**
     * @param {string} id `package#task`
     * @param {string} text
     */
    says: (id, text) => (said.get(id) ?? []).some((line) => line.includes(text)),
    /**
     * Why a task failed: of tests what follows vitest's heading, else its last lines.
     *
     * @param {string} id `package#task`
     */
    whyOf(id) {
      const lines = said.get(id) ?? [];
      const heading = lines.findIndex((line) => FAILURES.test(line));
      return (heading < 0 ? lines.slice(-SHOWN_LINES) : lines.slice(heading)).join('\n');
    },
  };
}
