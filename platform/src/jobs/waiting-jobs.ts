import type { JsMsg } from '@nats-io/jetstream';

/** The server gives a message up after a thousand deliveries: one that was delivered so often stays where it is. */
const MOST_DELIVERIES = 500;

interface WaitingJob {
  readonly message: JsMsg;
  readonly person: string;
}

/**
 * Jobs that a worker has and has not begun. They are begun in rounds: in each, whoever asked before it began has one turn, and the
 * oldest job goes first. Who comes later waits for the next round, so that nobody is overtaken for ever.
 */
export class WaitingJobs {
  private readonly jobs: WaitingJob[] = [];
  private hadTheirTurn = new Set<string>();
  private roundBegan = 0;
  private heartbeat: NodeJS.Timeout | undefined;
  private seenAt = 0;

  /** @param leaseMs milliseconds after which the server gives a job to another worker, unless it hears of this one. */
  constructor(private readonly leaseMs: number) {}

  get size(): number {
    return this.jobs.length;
  }

  /** Whether somebody who is not here may be entitled to the next slot. */
  get haveAllHadTheirTurn(): boolean {
    return this.jobs.every(({ person }) => this.hadTheirTurn.has(person));
  }

  add(message: JsMsg, person: string): void {
    this.jobs.push({ message, person });
    if (this.heartbeat) return;
    this.seenAt = performance.now();
    this.heartbeat = setInterval(() => this.keep(), this.leaseMs / 3);
  }

  /** The message of the next job; `undefined` where there is none, or the process was frozen and has lost them. */
  take(): JsMsg | undefined {
    this.dropLost();
    const [next] = this.jobs.splice(this.nextOfRound() ?? this.firstOfNewRound(), 1);
    if (next) this.hadTheirTurn.add(next.person);
    this.rest();
    return next?.message;
  }

  /** So many of those that came last, but for those that were delivered too often. */
  handBack(count: number): void {
    this.dropLost();
    for (const job of this.jobs.filter(isToBeShared).slice(-count)) {
      this.jobs.splice(this.jobs.indexOf(job), 1);
      job.message.nak();
    }
    this.rest();
  }

  private nextOfRound(): number | undefined {
    const index = this.jobs.findIndex(
      ({ message, person }) => !this.hadTheirTurn.has(person) && message.time.getTime() <= this.roundBegan,
    );
    return index < 0 ? undefined : index;
  }

  private firstOfNewRound(): number {
    const index = this.jobs.findIndex(({ person }) => !this.hadTheirTurn.has(person));
    this.hadTheirTurn = new Set();
    this.roundBegan = Date.now();
    return Math.max(0, index);
  }

  private keep(): void {
    this.dropLost();
    this.seenAt = performance.now();
    for (const { message } of this.jobs) message.working();
    this.rest();
  }

  // A process that was frozen finds its jobs with other workers.
  private dropLost(): void {
    if (performance.now() - this.seenAt > this.leaseMs) this.jobs.length = 0;
  }

  private rest(): void {
    if (this.jobs.length > 0) return;
    clearInterval(this.heartbeat);
    this.heartbeat = undefined;
  }
}

const isToBeShared = ({ message }: WaitingJob): boolean => message.info.deliveryCount < MOST_DELIVERIES;
