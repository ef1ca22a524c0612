import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import type { PromptName } from '@undertone/contracts/prompt/prompt';
import { derivedId } from '@undertone/platform/ids/ids';
import type { Logger } from '@undertone/platform/logging/logger';
import { LOGGER } from '@undertone/platform/nest/tokens';
import type { ShippedPrompt } from '../prompt-content/shipped-prompt.js';
import { type PromptState, publishedEventId } from './prompt.js';
import { PromptLog } from './prompt-log.js';

/** Injection token of the versions that come with this release: oldest first within a name. */
export const SHIPPED_PROMPTS = Symbol('shipped prompts');

/**
 * Publishes what comes with the release, so that the log alone tells which versions there are and when each came. Content
 * that was published before, by whomever, is not published again; numbers are given by the log, not by the files.
 */
@Injectable()
export class ReleasedPrompts implements OnApplicationBootstrap {
  private publishing: Promise<void> | undefined;

  constructor(
    @Inject(PromptLog) private readonly prompts: PromptLog,
    @Inject(SHIPPED_PROMPTS) private readonly shipped: readonly ShippedPrompt[],
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.published().catch((error: unknown) =>
      this.log.warn({ err: error }, 'the shipped prompts could not be published yet'),
    );
  }

  /** Settles when the log has all of them; a failure is tried again by the next who asks. @throws {LogUnavailable} */
  published(): Promise<void> {
    this.publishing ??= this.publishAll().catch((error: unknown) => {
      this.publishing = undefined;
      throw error;
    });
    return this.publishing;
  }

  private async publishAll(): Promise<void> {
    // The last of a name is the release's best.
    const best = new Map<PromptName, { shipped: ShippedPrompt; state: PromptState }>();
    for (const shipped of this.shipped) {
      best.set(shipped.name, { shipped, state: await this.publish(shipped) });
    }
    for (const { shipped, state } of best.values()) await this.adopt(shipped, state);
  }

  private publish({ name, content, hash, changelog }: ShippedPrompt): Promise<PromptState> {
    const eventId = publishedEventId(name, hash);
    const command = { type: 'publish', name, content, hash, changelog, origin: 'shipped', eventId } as const;
    return this.prompts.decide({ ...command, at: new Date() });
  }

  private async adopt({ name, hash }: ShippedPrompt, { versions }: PromptState): Promise<void> {
    const number = versions.find((version) => version.hash === hash)?.number;
    if (number === undefined) throw new Error(`the shipped prompt ${name} (${hash}) is not in the log`);
    const eventId = derivedId('prompt adopted', name, hash);
    await this.prompts.decide({ type: 'adopt shipped', name, number, eventId, at: new Date() });
  }
}
