/** What the soak of jobs is told by flags, by the settings that carry it; a text is a flag's value where it takes none. */
const SETTINGS = {
  '--jobs': ['SOAK_JOBS'],
  '--seed': ['SOAK_SEED'],
  '--state': ['SOAK_STATE'],
  '--resume': ['SOAK_RESUME', '1'],
};

/**
 * Takes these flags out of what was typed, where that is about the soak. One without a value stays.
 *
 * @param {readonly string[]} words
 * @returns {{ settings: Record<string, string>, rest: string[] }}
 */
export function soakSettings(words) {
  /** @type {Record<string, string>} */
  const settings = {};
  /** @type {string[]} */
  const rest = [];
  const left = [...words];
  for (let word = left.shift(); word !== undefined; word = left.shift()) {
    const [flag = '', given] = word.split('=', 2);
    const known = words.includes('soak') && Object.hasOwn(SETTINGS, flag);
    const [name, fixed] = known ? SETTINGS[/** @type {keyof typeof SETTINGS} */ (flag)] : [];
    const value = fixed ?? given ?? (name && /^[^-]/.test(left[0] ?? '') ? left.shift() : undefined);
    if (name && value) settings[name] = value;
    else rest.push(word);
  }
  return { settings, rest };
}
