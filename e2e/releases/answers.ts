import type { Life } from './life.js';
import type { Answer, PlainClient } from './plain-client.js';

/** Where a life is read; the same paths are asked of every later release. */
function pathsOf(life: Omit<Life, 'waitingTask'>): string[] {
  const people = [life.ada, life.ben, life.cleo];
  const days = `from=2026-06-01&to=${life.day}`;
  return [
    ...people.flatMap((user) => [
      `/api/listening/snapshots?user_id=${user}`,
      `/api/listening/history?user_id=${user}&limit=200`,
      `/api/listening/trends?user_id=${user}&bucket=month&${days}`,
      `/api/listening/top?user_id=${user}&kind=artists&${days}`,
      `/api/listening/top?user_id=${user}&kind=tracks&by=time&${days}`,
      `/api/insights/user/${user}`,
      `/api/insights/user/${user}?prompt_version=wellness-v1`,
    ]),
    `/api/listening/compare?a=${life.snapshots[1]}&b=${life.snapshots[0]}`,
    ...life.snapshots.map((id) => `/api/listening/snapshots/${id}`),
    ...life.insights.map((id) => `/api/insights/${id}`),
    ...life.imports.map((id) => `/api/imports/${id}`),
    ...life.tasks.map((id) => `/api/tasks/${id}`),
    '/api/admin/prompts',
    '/api/admin/prompts/wellness',
    '/api/admin/prompts/wellness/report',
    '/api/admin/replays',
    `/api/admin/replays/${life.replay}`,
    `/api/admin/replays/${life.replay}/report`,
    SCHEDULES,
    '/api/admin/dead-letters',
    `/api/admin/dead-letters/${life.deadLetter}`,
    '/api/admin/keys',
    '/api/admin/rebuilds',
  ];
}

/**
 * What depends on when it is asked. When a schedule was fired is the server's time, which is not kept, and the id of the
 * job that it requested follows from it.
 */
const MOMENTARY = new Set([
  'per_minute',
  'next_at',
  'last_fired_at',
  'last_task_id',
  'last_status',
  'last_result',
]);

/** Release 0.1.0 was kept on a Postgres whose encoding has it count bytes. */
const OF_ANOTHER_ENCODING = 'characters';

/** Of a number that is computed: a release may add in another order. */
const SIGNIFICANT_DIGITS = 12;

/**
 * What a later release brings of its own: better prompts, with which it writes where nobody chose others. What there is of one
 * prompt is asked for by its name.
 */
const OWN = new Set(['newest', 'labels']);
const PROMPTS = '/api/admin/prompts';
/** A later release builds read models again whose handlers it changed, and tells of that. */
const REBUILDS = '/api/admin/rebuilds';
/** Read models that came after release 0.1.0. */
const LATER = new Set(['identity-audit-trail', 'scheduler-job-totals']);
const SCHEDULES = '/api/admin/schedules';
/** Schedules that came after release 0.1.0. */
const LATER_SCHEDULES = new Set([
  'refresh-expiring-tokens',
  'monitor-failed-jobs',
  'cleanup-old-jobs',
  'follow-time-zones',
]);

const without = (answer: Answer, own: ReadonlySet<string>): Answer =>
  Object.fromEntries(Object.entries(answer).filter(([key]) => !own.has(key)));

function lastingOf(path: string, answer: Answer): Answer {
  if (path === `${PROMPTS}/wellness`) {
    const isKept = ({ origin, number }: Answer) => origin !== 'shipped' || number === 1;
    return { ...without(answer, new Set(['newest'])), versions: answer.versions.filter(isKept) };
  }
  if (path === REBUILDS) {
    const known = answer.filter(({ projection }: Answer) => !LATER.has(projection));
    return known.map(({ projection, service }: Answer) => ({ projection, service }));
  }
  if (path === SCHEDULES) return answer.filter(({ name }: Answer) => !LATER_SCHEDULES.has(name));
  if (path !== PROMPTS) return answer;
  return answer.map((prompt: Answer) => without(prompt, OWN));
}

/** The answers without what changes while nothing happens, and without the last digits of what is computed. */
export const lasting = (answers: Record<string, Answer>): Record<string, Answer> =>
  JSON.parse(
    JSON.stringify(answers, (key, given: unknown) => {
      if (MOMENTARY.has(key) || key === OF_ANOTHER_ENCODING) return undefined;
      const value: unknown = lastingOf(key, given);
      return typeof value === 'number' ? Number(value.toPrecision(SIGNIFICANT_DIGITS)) : value;
    }),
  );

/** What a release says of a life, by path. */
export async function readAll(
  client: PlainClient,
  life: Omit<Life, 'waitingTask'>,
): Promise<Record<string, Answer>> {
  const paths = pathsOf(life);
  const answers = await Promise.all(paths.map((path) => client.get(path)));
  return Object.fromEntries(paths.map((path, at) => [path, answers[at]]));
}
