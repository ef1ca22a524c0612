import { setImmediate as turn } from 'node:timers/promises';
import type { Msg, MsgCallback, NatsConnection, Subscription } from '@nats-io/transport-node';
import { ServerNats } from '@nestjs/microservices';
import { repeatedSubject } from '@undertone/contracts/rpc';
import type { Logger } from '../logging/logger.js';
import { natsOptions } from '../nats/connect.js';
import type { NatsSettings } from '../settings/server-settings.js';
import { BoundedAnswers } from './bounded-answers.js';

/** What `Answers` says of a method to this transport. */
export interface QuestionExtras {
  /** It changes nothing, so it may be asked of several replicas at once. */
  readonly isRead: boolean;
}

/**
 * Whether somebody waits for the answer, in an inbox, or in another account, which the server has a subject for that no client may
 * name. The server also delivers here what it was asked for with this subject as `reply`: whoever may read a stream could have a
 * message of it taken for a question that they may not ask.
 */
const isQuestion = ({ reply = '' }: Msg): boolean => reply.startsWith('_INBOX') || reply.startsWith('_R_.');

/**
 * Nest's NATS transport, on a connection of its own, which stops without losing a question: it takes no more, answers those
 * that it has, and then closes. Nest's own either closes with questions in hand or waits a fixed time.
 */
export class QuestionServer extends ServerNats {
  private readonly listening: Subscription[] = [];
  private client: NatsConnection | undefined;
  private inHand = 0;
  private idle: (() => void) | undefined;
  private drained: Promise<void> | undefined;

  /** @param service names the queue group, in which each question goes to one replica. */
  constructor(
    settings: NatsSettings,
    private readonly service: string,
    largestAnswer: () => number,
    private readonly log: Logger,
  ) {
    super({ ...natsOptions(settings, `${service} answers`), serializer: new BoundedAnswers(largestAnswer) });
    this.setOnProcessingStartHook((_transport, _context, answer) => {
      this.inHand += 1;
      return answer();
    });
    this.setOnProcessingEndHook(() => {
      this.inHand -= 1;
      if (this.inHand === 0) this.idle?.();
    });
  }

  override bindEvents(client: NatsConnection): void {
    this.client = client;
    for (const [subject, { extras }] of this.messageHandlers) {
      const handle = this.getMessageHandler(subject).bind(this);
      const callback: MsgCallback<Msg> = (error, message) => {
        if (error || isQuestion(message)) void handle(error, message);
      };
      this.listening.push(client.subscribe(subject, { queue: this.service, callback }));
      if ((extras as QuestionExtras).isRead) {
        this.listening.push(client.subscribe(repeatedSubject(subject), { callback }));
      }
    }
  }

  /** Resolves when the server knows what is answered here: whoever asks from then on reaches it. */
  async subscribed(): Promise<void> {
    await this.client?.flush();
  }

  /**
   * Takes no more questions, so that they go to other replicas or are refused at once, and answers those in hand.
   * @param atMostMs after which those that are left go unanswered.
   */
  drain(atMostMs: number): Promise<void> {
    this.drained ??= this.answerAll(atMostMs);
    return this.drained;
  }

  private async answerAll(atMostMs: number): Promise<void> {
    // It never listened, or is closed.
    if (this.listening.length === 0) return;
    let tooLate: NodeJS.Timeout | undefined;
    const givenUp = new Promise<void>((resolve) => {
      tooLate = setTimeout(() => {
        this.log.warn({ unanswered: this.inHand }, 'stopped with questions in hand');
        resolve();
      }, atMostMs);
    });
    await Promise.race([this.answered(), givenUp]);
    clearTimeout(tooLate);
  }

  private async answered(): Promise<void> {
    // Resolves when the server has said its last on these subjects; with the server away there is nothing to wait for.
    await Promise.all(this.listening.map((subscription) => subscription.drain().catch(() => undefined)));
    // What came last is counted from the next turn on.
    await turn();
    if (this.inHand > 0) await new Promise<void>((resolve) => (this.idle = resolve));
    // The last answer is sent in the turn after it was made.
    await turn();
    await this.unwrap<NatsConnection>()
      .flush()
      .catch(() => undefined);
  }
}
