const KEPT_LINES = 500;
const SHOWN_LINES = 60;
/** Where vitest begins to say what failed. */
const FAILURES = / Failed (Tests|Suites) \d/;
/** Colours and the like. */
const ESCAPES = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*[A-Za-z]`, 'g');

/** Keeps the end of what each task said, out of turbo's streams, whose lines begin with `package:task: `. */
export function createTaskOutput() {
  /** @type {Map<string, string[]>} */
  const said = new Map();

  /** @param {string} line */
  function keep(line) {
    const [, name, task, text = ''] = /^(\S+?):(\S+?): ?(.*)$/.exec(line) ?? [];
    if (name === undefined) return;
    const id = `${name}#${task}`;
    const lines = said.get(id) ?? [];
    said.set(id, lines);
    lines.push(text);
    if (lines.length > KEPT_LINES) lines.shift();
  }

  return {
    /** @returns {(piece: string) => void} what to give the pieces of one stream to; a piece may end within a line. */
    listener() {
      let rest = '';
      return (piece) => {
        const lines = (rest + piece.replaceAll(ESCAPES, '')).split(/\r?\n/);
        rest = lines.pop() ?? '';
        for (const line of lines) keep(line);
      };
    },
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
