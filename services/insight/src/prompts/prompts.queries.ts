import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import {
  type PromptDetails,
  type PromptName,
  type PromptOverview,
  promptName,
  promptNumber,
  SHOWN_LABEL_MOVES,
} from '@undertone/contracts/prompt/prompt';
import { getPrompt, listPrompts } from '@undertone/contracts/prompt/rpc';
import { Answers, asked } from '@undertone/platform/nest/answers';
import { KeysetCursor } from '@undertone/platform/rpc/keyset-cursor';
import { PromptLog } from './prompt-log.js';
import { overviewOf } from './prompt-overview.js';
import { unknownPrompt } from './prompt-rejections.js';

/** The number of a page's last version. */
const allCursors = new KeysetCursor('prompt-versions', promptNumber);

@Controller()
export class PromptQueries {
  constructor(@Inject(PromptLog) private readonly prompts: PromptLog) {}

  @Answers(listPrompts)
  async list(): Promise<{ prompts: PromptOverview[] }> {
    const states = await Promise.all(
      promptName.options.map(async (name) => ({ name, state: await this.prompts.state(name) })),
    );
    const published = states.filter(({ state }) => state.versions.length > 0);
    return { prompts: published.map(({ name, state }) => overviewOf(name, state)) };
  }

  @Answers(getPrompt)
  async get(
    @Payload(asked(getPrompt)) { name, cursor }: { name: PromptName; cursor?: string },
  ): Promise<PromptDetails & { next: string | null }> {
    const state = await this.prompts.state(name);
    if (state.versions.length === 0) throw unknownPrompt();
    const cursors = allCursors.for({ name });
    const after = cursor === undefined ? 0 : cursors.read(cursor);
    const rest = state.versions.filter(({ number }) => number > after);
    const { items, next } = cursors.page(rest, rest, ({ number }) => number);
    return {
      ...overviewOf(name, state),
      versions: items,
      next,
      label_moves: state.moves
        .slice(-SHOWN_LABEL_MOVES)
        .map(({ label, number, moved_by, replay_id, moved_at }) => ({
          label,
          number,
          moved_by,
          replay_id: replay_id ?? null,
          moved_at,
        })),
    };
  }
}
