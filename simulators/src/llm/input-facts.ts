/** A number that the request contains, and what it is called there. */
export interface InputFact {
  /** Where it stands in the input's JSON, for example `mood_patterns.happy.percentage`. */
  readonly path: string;
  /** The shortest end of the path that no other fact shares, for example `avg_valence`. */
  readonly name: string;
  /** The name in words. */
  readonly label: string;
  readonly value: number;
}

/** Last names that say how something is measured and not what. */
const MEASURED_BY = /^(percentage|share|(track_)?count|value|mean|average|avg|std|total)$/;

type RawFact = Pick<InputFact, 'path' | 'value'>;

function endOfObject(text: string, start: number): number | undefined {
  let depth = 0;
  let inString = false;
  for (let index = start; index < text.length; index += 1) {
    const character = text[index];
    if (inString) {
      if (character === '\\') index += 1;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === '{') depth += 1;
    else if (character === '}' && --depth === 0) return index + 1;
  }
  return undefined;
}

function jsonObjectsIn(text: string): unknown[] {
  const found: unknown[] = [];
  let start = text.indexOf('{');
  while (start !== -1) {
    const end = endOfObject(text, start);
    let next = start + 1;
    if (end !== undefined) {
      try {
        found.push(JSON.parse(text.slice(start, end)));
        next = end;
      } catch {
        // Braces of prose or a template; the next one may open real JSON.
      }
    }
    start = text.indexOf('{', next);
  }
  return found;
}

function numbersIn(value: unknown, path: string): RawFact[] {
  if (typeof value === 'number') return String(value).includes('e') ? [] : [{ path, value }];
  if (typeof value === 'string') {
    // A number with its unit, as it is meant to be shown: "0.48", "121 BPM", "22%"; a date is none.
    const shown = /^(-?\d+(?:\.\d+)?)(?: ?[A-Za-z%]+)?$/.exec(value);
    return shown ? [{ path, value: Number(shown[1]) }] : [];
  }
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    numbersIn(inner, path === '' ? key : `${path}.${key}`),
  );
}

function numbersInProse(text: string): RawFact[] {
  const pattern = /(?:([A-Za-z][\w ]{0,40}?)\s*[:=]\s*)?(?<![\w.:-])(-?\d+(?:\.\d+)?)(?![\w:-]|\.\d)/g;
  return [...text.matchAll(pattern)].map(([, name, number]) => ({
    path: name?.trim().replaceAll(' ', '_') ?? 'one_number',
    value: Number(number),
  }));
}

function shortestName(path: string, all: readonly RawFact[]): string {
  const parts = path.split('.');
  for (let length = MEASURED_BY.test(parts.at(-1) ?? '') ? 2 : 1; length < parts.length; length += 1) {
    const end = parts.slice(-length).join('.');
    if (all.filter((other) => other.path === end || other.path.endsWith(`.${end}`)).length === 1) return end;
  }
  return path;
}

function inWords(name: string): string {
  const words = name.replace(/[._-]+/g, ' ').trim();
  return words.replace(/\bavg\b/g, 'average').replace(/\bstd\b/g, 'spread of');
}

/**
 * The numbers that a model could truthfully repeat: those in the JSON objects of the user's messages, or those in
 * their prose where there is no JSON.
 */
export function factsIn(userTexts: readonly string[]): InputFact[] {
  const fromJson = userTexts.flatMap((text) =>
    jsonObjectsIn(text).flatMap((object) => numbersIn(object, '')),
  );
  const raw = fromJson.length > 0 ? fromJson : userTexts.flatMap(numbersInProse);
  const unique = [...new Map(raw.map((fact) => [fact.path, fact])).values()];
  return unique.map(({ path, value }) => {
    const name = shortestName(path, unique);
    return { path, name, label: inWords(name), value };
  });
}
