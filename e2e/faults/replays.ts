import { setTimeout as sleep } from 'node:timers/promises';
import type { InputOf } from '@undertone/contracts/client/route-types';
import type { Chapter } from './ledger.js';
import type { People } from './people.js';

/** A replay that an operator ordered in the time of a fault. */
export interface Ordered {
  readonly chapter: Chapter;
  readonly id: string;
  /** Whose snapshots it is about. */
  readonly userIds: readonly string[];
  isComplete: boolean;
}

/** After a replay of these few snapshots should long be complete. */
const LONGEST_MS = 90_000;

/** An operator who publishes versions of a prompt, and has what was written before written again with them. */
export class Replays {
  readonly ordered: Ordered[] = [];

  constructor(private readonly people: People) {}

  /**
   * Orders one, with a version of its own.
   * @param userIds whose snapshots it is about: of people who ask for no more.
   */
  async order(chapter: Chapter, userIds: readonly string[]): Promise<Ordered> {
    const { signal } = new AbortController();
    const { people } = this;
    const { versions } = await people.ask(chapter, 'reading a prompt', signal, (client, options) =>
      client.call('getPrompt', { name: 'wellness' }, options),
    );
    const shipped = versions[0];
    if (!shipped) throw new Error('no prompt is published');
    const { messages, variables, parameters } = shipped;
    const changelog = `as version ${this.ordered.length + 2}`;
    const draft = {
      name: 'wellness' as const,
      messages: messages.map((message) => ({ ...message, content: `${message.content}\n(${changelog})` })),
      variables,
      parameters,
      model: null,
      changelog,
    };
    const { number } = await people.ask(chapter, 'publishing a prompt', signal, (client, options) =>
      client.call('publishPrompt', draft, options),
    );
    const prompt_version = `wellness-v${number}`;
    const order: InputOf<'orderReplay'> = {
      insight_type: 'wellness',
      prompt_version,
      filter: { user_ids: [...userIds] },
      window: 20,
      activate: 'by_hand',
    };
    const { replay } = await people.ask(chapter, 'ordering a replay', signal, (client, options) =>
      client.call('orderReplay', order, options),
    );
    if (!replay) throw new Error('an order came to no replay');
    const ordered: Ordered = { chapter, id: replay.id, userIds, isComplete: false };
    this.ordered.push(ordered);
    return ordered;
  }

  /** Waits until it is complete. */
  async completed(ordered: Ordered): Promise<void> {
    const { signal } = new AbortController();
    for (const deadline = Date.now() + LONGEST_MS; Date.now() < deadline; await sleep(500)) {
      const replay = await this.people.ask(ordered.chapter, 'a replay', signal, (client, options) =>
        client.call('getReplay', { replay_id: ordered.id }, options),
      );
      ordered.isComplete = replay.status === 'completed';
      if (ordered.isComplete) return;
    }
  }
}
