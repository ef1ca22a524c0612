import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';

/** How a job has to end; `cancelled-or-not`: its person cancelled it, and may have come too late. */
const ending = z.enum(['success', 'failure', 'cancelled-or-not']);
export type Ending = z.output<typeof ending>;

const line = z.discriminatedUnion('kind', [
  /** A request that was answered with a task. */
  z.object({
    kind: z.literal('accepted'),
    visit: z.int(),
    step: z.string(),
    task_id: z.string(),
    user_id: z.string(),
    work: z.string(),
    ending,
  }),
  /** A cancellation that was answered with yes. */
  z.object({ kind: z.literal('cancelled'), task_id: z.string() }),
  z.object({ kind: z.literal('registered'), visit: z.int(), user_id: z.string() }),
  /** A visit that came to its end; `plays`: how many plays its person imported. */
  z.object({ kind: z.literal('done'), visit: z.int(), plays: z.int().optional() }),
  /** What went wrong as a person saw it. */
  z.object({ kind: z.literal('finding'), text: z.string() }),
  z.object({ kind: z.literal('struck'), how: z.string() }),
  /** Completions that the model has given in all. */
  z.object({ kind: z.literal('completions'), count: z.int() }),
]);
type Line = z.output<typeof line>;
type Told<K extends Line['kind']> = Omit<Extract<Line, { kind: K }>, 'kind'>;
export type Accepted = Told<'accepted'>;

/** All that a run was told and did, a line of a file each, so that a run that was cut off goes on. */
export class Diary {
  /** By visit and step. */
  readonly accepted = new Map<string, Accepted>();
  readonly cancelled = new Set<string>();
  /** Visits to the id of who came. */
  readonly people = new Map<number, string>();
  /** Visits that came to their end, with the plays that were imported. */
  readonly done = new Map<number, number | undefined>();
  readonly findings: string[] = [];
  /** Strikes by what was done to whom. */
  readonly strikes = new Map<string, number>();
  completions = 0;
  /** Answers that were the same job again, as they have to be. */
  askedAgain = 0;

  private constructor(private readonly file: string) {}

  /** Reads what there is. */
  static open(file: string): Diary {
    const diary = new Diary(file);
    const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
    for (const text of lines) {
      // The last one may have been cut off.
      if (text.endsWith('}')) diary.keep(line.parse(JSON.parse(text)));
    }
    if (lines.at(-1) !== '' && lines.length > 0) appendFileSync(file, '\n');
    return diary;
  }

  get jobs(): number {
    return this.accepted.size;
  }

  tell<K extends Line['kind']>(kind: K, told: Told<K>): void {
    const said = { kind, ...told } as unknown as Line;
    if (this.keep(said)) appendFileSync(this.file, `${JSON.stringify(said)}\n`);
  }

  private keep(said: Line): boolean {
    switch (said.kind) {
      case 'accepted':
        return this.keepAccepted(said);
      case 'cancelled':
        this.cancelled.add(said.task_id);
        return true;
      case 'registered': {
        const known = this.people.get(said.visit);
        if (known && known !== said.user_id)
          this.tell('finding', { text: `visit ${said.visit}: two people` });
        this.people.set(said.visit, said.user_id);
        return known === undefined;
      }
      case 'done':
        this.done.set(said.visit, said.plays);
        return true;
      case 'finding':
        this.findings.push(said.text);
        return true;
      case 'struck':
        this.strikes.set(said.how, (this.strikes.get(said.how) ?? 0) + 1);
        return true;
      case 'completions':
        this.completions = said.count;
        return true;
      default:
        return said satisfies never;
    }
  }

  private keepAccepted(said: Accepted): boolean {
    const place = `${said.visit} ${said.step}`;
    const known = this.accepted.get(place);
    if (!known) {
      this.accepted.set(place, said);
      return true;
    }
    this.askedAgain += 1;
    if (known.task_id !== said.task_id) {
      this.tell('finding', { text: `${place}: one request became ${known.task_id} and ${said.task_id}` });
    }
    return false;
  }
}
