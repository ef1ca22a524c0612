import type { Consumer, JsMsg } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import type { JobConsumerDefinition } from '@undertone/contracts/consumers';
import type { Logger } from '../logging/logger.js';
import { jetStreamOf } from '../nats/jetstream.js';
import { WaitingJobs } from './waiting-jobs.js';

export interface JobSupplyOptions {
  readonly nats: NatsConnection;
  readonly log: Logger;
  readonly consumer: JobConsumerDefinition;
  /** Jobs of this lane that run at once in this process. */
  readonly slots: number;
  /** Milliseconds of an idle pull. */
  readonly pullMs: number;
  /** Whose job a message brings. */
  readonly personOf: (message: JsMsg) => string | Promise<string>;
  /** Processes one delivery to its end; never throws. */
  readonly process: (message: JsMsg) => Promise<void>;
}

/** What was lately is what was in the last whole span of it. */
const LATELY_MS = 100;
/** A slot that ended so many jobs lately will soon be free again: the next one is pulled ahead. */
const QUICK_SLOT = 2;
/** While jobs are that quick, one look at who else waits holds for so long. */
const LOOK_HOLDS_MS = 50;
/** For a message that is there, and that another replica may have taken meanwhile. */
const LOOK_MS = 50;
/** Of one look, while jobs are that quick. */
const QUICK_LOOK = 64;
/** Jobs that are passed over for other persons' at most; behind them nobody is seen. */
const WINDOW = 256;
/** How often a worker without a free slot asks whether another one has some for what it holds. */
const SHARE_MS = 100;
const PULL_AGAIN_MS = 500;

/**
 * Pulls jobs from a lane's consumer: one for each free slot, and a few for slots that are about to be free. Where the next job is of a
 * person who had a turn here, it looks at what waits behind it for somebody who had none, and keeps what it passes over (ADR 33).
 */
export class JobSupply {
  private readonly pulls = new Set<Promise<void>>();
  private readonly running = new Set<Promise<void>>();
  private readonly waiting: WaitingJobs;
  /** What the open pulls may still bring. */
  private asked = 0;
  private ended = { span: 0, before: 0, now: 0 };
  private pulled: Promise<Consumer> | undefined;
  /** What waited in the lane behind the message that came last. */
  private pending = 0;
  private taken = 0;
  private looking = false;
  private lookedAt = 0;
  private sharing: NodeJS.Timeout | undefined;
  private stopping = false;

  constructor(private readonly options: JobSupplyOptions) {
    this.waiting = new WaitingJobs(options.consumer.ackWaitSeconds * 1_000);
  }

  start(): void {
    this.refill();
  }

  /** Takes no more jobs, and hands back those that have not begun. */
  stopPulling(): void {
    this.stopping = true;
    clearTimeout(this.sharing);
    this.waiting.handBack(this.waiting.size);
  }

  /** Once every job has ended, and every pull. */
  async idle(): Promise<void> {
    await Promise.all(this.pulls);
    await Promise.all(this.running);
  }

  /** Jobs that have not begun. */
  get held(): number {
    return this.waiting.size;
  }

  private get free(): number {
    return this.options.slots - this.running.size;
  }

  /** Whether a slot would go to somebody who had a turn, and there is room to pass their jobs over. */
  private get isContended(): boolean {
    return this.free > 0 && this.waiting.haveAllHadTheirTurn && this.waiting.size < WINDOW;
  }

  private refill(): void {
    const has = this.asked + this.waiting.size;
    const wanted = this.free + (this.isQuick ? this.options.slots : 0) - has;
    // While an earlier pull is open there is nothing there to take, or it is on its way.
    if (wanted <= 0 || (has > 0 && wanted * 4 < this.options.slots)) return;
    void this.pull(wanted);
  }

  private pull(size: number): Promise<void> {
    if (this.stopping) return Promise.resolve();
    this.asked += size;
    const pull = this.fetch(size).finally(() => {
      this.pulls.delete(pull);
      this.refill();
    });
    this.pulls.add(pull);
    return pull;
  }

  private async fetch(size: number): Promise<void> {
    const { consumer, pullMs, log } = this.options;
    let left = size;
    try {
      const messages = await (await this.consumer()).fetch({ max_messages: size, expires: pullMs });
      for await (const message of messages) {
        left -= 1;
        this.asked -= 1;
        await this.take(message);
      }
    } catch (error) {
      this.pulled = undefined;
      if (this.stopping) return;
      log.warn({ err: error, consumer: consumer.name }, 'could not take jobs, trying again');
      await new Promise((resolve) => setTimeout(resolve, PULL_AGAIN_MS));
    } finally {
      this.asked -= left;
    }
  }

  private consumer(): Promise<Consumer> {
    const { nats, consumer } = this.options;
    this.pulled ??= jetStreamOf(nats).consumers.get(consumer.stream, consumer.name);
    return this.pulled;
  }

  private async take(message: JsMsg): Promise<void> {
    const person = this.options.personOf(message);
    const known = typeof person === 'string' ? person : await person;
    if (this.stopping) return message.nak();
    this.taken += 1;
    this.pending = message.info.pending;
    this.waiting.add(message, known);
    this.fill(this.pending === 0);
  }

  /** @param looked whether it is known that nobody else waits. */
  private fill(looked = false): void {
    while (this.free > 0 && this.waiting.size > 0) {
      const holds = looked || (this.isQuick && performance.now() - this.lookedAt < LOOK_HOLDS_MS);
      if (this.isContended && !holds) return void this.look();
      const message = this.waiting.take();
      if (message) this.run(message);
    }
    if (this.waiting.size === 0 || this.free > 0) return;
    this.sharing ??= setTimeout(() => void this.share(), SHARE_MS);
  }

  private run(message: JsMsg): void {
    const job = this.options.process(message).finally(() => {
      this.running.delete(job);
      this.countEnd();
      if (this.stopping) return;
      this.fill();
      this.refill();
    });
    this.running.add(job);
  }

  /** Takes what waits in the lane until it has the job of somebody who had no turn, or all of it. */
  private async look(): Promise<void> {
    if (this.looking || this.stopping) return;
    this.looking = true;
    try {
      const { num_pending: pending, paused } = await (await this.consumer()).info();
      this.pending = pending;
      if (paused) this.handBackPaused();
      let came = !paused;
      while (came && this.pending > 0 && this.isContended && !this.stopping) {
        const before = this.taken;
        const room = WINDOW - this.waiting.size;
        const pulled = this.pull(Math.min(this.pending, this.isQuick ? QUICK_LOOK : this.free, room));
        await Promise.race([pulled, new Promise((resolve) => setTimeout(resolve, LOOK_MS))]);
        came = this.taken > before;
      }
    } catch (error) {
      this.options.log.debug({ err: error }, 'could not look who else waits');
    }
    this.looking = false;
    this.lookedAt = performance.now();
    if (!this.stopping) this.fill(true);
  }

  /** Hands back what another worker can begin with now. */
  private async share(): Promise<void> {
    this.sharing = undefined;
    try {
      const { num_waiting: pulls, paused } = await (await this.consumer()).info();
      if (paused) this.handBackPaused();
      else if (this.free === 0 && pulls > this.pulls.size) this.waiting.handBack(2 * this.options.slots);
    } catch (error) {
      this.options.log.debug({ err: error }, 'could not look who has a slot');
    }
    if (!this.stopping) this.fill();
  }

  /** An operator has paused the lane: what has not begun is not to begin. The server keeps it until the lane is resumed. */
  private handBackPaused(): void {
    const { log, consumer } = this.options;
    log.info({ consumer: consumer.name, jobs: this.waiting.size }, 'the lane is paused');
    this.waiting.handBack(this.waiting.size);
  }

  private countEnd(): void {
    this.endedLately();
    this.ended.now += 1;
  }

  private endedLately(): number {
    const span = Math.floor(performance.now() / LATELY_MS);
    if (span !== this.ended.span) {
      const before = span === this.ended.span + 1 ? this.ended.now : 0;
      this.ended = { span, before, now: 0 };
    }
    return this.ended.before;
  }

  /** Whether slots are free again as soon as they are taken. */
  private get isQuick(): boolean {
    return this.endedLately() >= QUICK_SLOT * this.options.slots;
  }
}
