import {
  type ErasedPiece,
  erasePerson,
  listKnownPeople,
  rewriteTables,
} from '@undertone/contracts/personal-data/erasure';
import { answer } from '@undertone/platform/test-kit/answer';
import type { RunningIdentity } from './running-identity.js';

const names = Object.keys(erasePerson) as (keyof typeof erasePerson)[];

/** Answers in place of the services that an erasure asks. */
export class OtherServices {
  /** What they answer next; nothing is left, unless told. */
  pieces: ErasedPiece[] = [];
  /** Instead of these, while a test wants it. */
  pieceOf: (() => ErasedPiece) | undefined;
  /** What they were asked, and for whom. */
  readonly asked: string[] = [];
  /** Whom they know. */
  readonly known: string[] = [];
  /** How each of them goes away. */
  private readonly playing: (() => Promise<void>)[] = [];

  constructor(private readonly identity: RunningIdentity) {}

  /** Plays all of them, but those that are played already. */
  async play(): Promise<void> {
    for (const service of names.slice(this.playing.length)) {
      const nats = await this.identity.infrastructure.connect({}, service);
      const answering = [
        answer(nats, erasePerson[service], ({ user_id }) => {
          this.asked.push(`${service} ${user_id}`);
          return this.pieceOf?.() ?? this.pieces.shift() ?? { removed: [], left: false };
        }),
        answer(nats, listKnownPeople[service], ({ after = '', limit }) => ({
          user_ids: this.known
            .filter((id) => id > after)
            .sort()
            .slice(0, limit),
        })),
        answer(nats, rewriteTables[service], () => {
          this.asked.push(`rewrites: ${service}`);
          return { not_rewritten: service === 'ingestion' ? ['table play'] : [] };
        }),
      ];
      this.playing.push(
        async () => void (await Promise.all(answering.map((subscription) => subscription.drain()))),
      );
    }
  }

  /** The last one goes away. */
  async leave(): Promise<void> {
    const [last] = this.playing.splice(-1);
    await last?.();
  }
}
