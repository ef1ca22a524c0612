import type { Principal } from '@undertone/contracts/access/principal';
import { HttpProblem } from '../problems/problem.js';

/** The places for streams that stay open, in one process. A person has a share of them, so that nobody takes them all. */
export class StreamPlaces {
  private taken = 0;
  private readonly takenBy = new Map<string, number>();

  /**
   * @param limit of streams that are open at once.
   * @param perPerson of those of one person. Whoever runs an open installation is nobody in particular, and has no such limit.
   */
  constructor(
    private readonly limit: number,
    private readonly perPerson: number,
  ) {}

  /** @throws {HttpProblem} `TOO_MANY_STREAMS` */
  checkRoom(caller: Principal): void {
    const person = personOf(caller);
    if (this.taken >= this.limit) throw tooMany('as many streams are open as this server allows');
    if (person !== undefined && this.of(person) >= this.perPerson) {
      throw tooMany(`${this.perPerson} streams of yours are open, as many as one person may have`);
    }
  }

  /** @returns gives the place back. */
  take(caller: Principal): () => void {
    const person = personOf(caller);
    this.add(person, 1);
    return () => this.add(person, -1);
  }

  private of(person: string): number {
    return this.takenBy.get(person) ?? 0;
  }

  private add(person: string | undefined, change: 1 | -1): void {
    this.taken += change;
    if (person === undefined) return;
    const now = this.of(person) + change;
    if (now === 0) this.takenBy.delete(person);
    else this.takenBy.set(person, now);
  }
}

const personOf = ({ who }: Principal): string | undefined => (who.kind === 'user' ? who.user_id : undefined);

const tooMany = (detail: string): HttpProblem =>
  new HttpProblem('TOO_MANY_STREAMS', detail, { headers: { 'retry-after': '5' } });
