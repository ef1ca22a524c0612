/** What a person asked for that takes a job. */
export type Work = 'ingest' | 'import' | 'insight' | 'snapshots of an import';

/** A job that the system took. */
export interface Accepted {
  readonly work: Work;
  readonly jobId: string;
  readonly userId: string;
  /** When the person first asked, in milliseconds since 1970. */
  readonly askedAt: number;
}

/** A person who was registered, and what must be there of them at the end. */
export interface Known {
  readonly name: string;
  readonly userId: string;
  /** Whose last plays are Spotify's; of others, how many rows they imported. */
  readonly imports: number | undefined;
}

/** Everything that happened in the time of one fault. */
export class Chapter {
  readonly from = Date.now();
  readonly accepted: Accepted[] = [];
  readonly people: Known[] = [];
  readonly lost: string[] = [];
  readonly doubled: string[] = [];
  ended = 0;
  requests = 0;
  longestRequest = { ms: 0, what: '' };
  longestJob = { ms: 0, what: '', jobId: '' };

  constructor(readonly fault: string) {}

  /** A request that was answered. @param ms from the first try to the answer. */
  answered(what: string, ms: number): void {
    this.requests += 1;
    if (ms > this.longestRequest.ms) this.longestRequest = { ms, what };
  }

  jobEnded({ work, jobId, askedAt }: Accepted, at: number): void {
    this.ended += 1;
    const ms = at - askedAt;
    if (ms > this.longestJob.ms) this.longestJob = { ms, what: work, jobId };
  }
}

/** The chapters of a run; the one under way gets what happens. */
export class Ledger {
  readonly chapters: Chapter[] = [];

  begin(fault: string): Chapter {
    const chapter = new Chapter(fault);
    this.chapters.push(chapter);
    return chapter;
  }

  /** In whose time something happened, for what nobody in particular asked for. */
  at(moment: number): Chapter {
    const found = this.chapters.findLast(({ from }) => from <= moment) ?? this.chapters[0];
    if (!found) throw new Error('the run has not begun');
    return found;
  }

  chapterOf(userId: string): Chapter | undefined {
    return this.chapters.find(({ people }) => people.some((known) => known.userId === userId));
  }
}
