import type { RecordedEvent } from '@undertone/contracts/event';
import { LabelMoved, type LabelMovedData } from '@undertone/contracts/prompt/label-moved';
import type { PromptName } from '@undertone/contracts/prompt/prompt';
import type { NewEvent } from '@undertone/platform/event-store/cloudevents';
import type { Decider } from '@undertone/platform/event-store/decide-and-append';
import { Refused } from '@undertone/platform/rpc/rpc-client';

/**
 * The one event that shows a replay, and the one that hides it again: the prompt's label `production` moves, in the
 * replay's name. So the version that is written with and the insights that are read switch together. Of a replay's moves
 * the first shows it, the next hides it, and so on: the version itself may be in use before and after.
 */
export interface ProductionSwitch {
  readonly type: 'activate' | 'roll back';
  readonly id: string;
  readonly at: Date;
  readonly replayId: string;
  readonly prompt: PromptName;
  /** The replay's version. */
  readonly number: number;
  /** Nobody asked for it: what was taken back once stays so. */
  readonly automatic?: boolean;
}

/** Where the label has been, oldest first. */
export type ProductionMoves = readonly Pick<LabelMovedData, 'number' | 'replay_id'>[];

export const productionSwitch: Decider<ProductionSwitch, ProductionMoves> = {
  /** @throws {Refused} the version is not the one in use any more, or there is none to go back to. */
  decide(command, moves) {
    const { replayId, number } = command;
    const own = moves.filter((move) => move.replay_id === replayId).length;
    const isShown = own % 2 === 1;
    switch (command.type) {
      case 'activate':
        if (isShown || (command.automatic && own > 0)) return undefined;
        return moved(command, number);
      case 'roll back': {
        if (own === 0) throw refuse('it was never activated');
        if (!isShown) return undefined;
        const now = moves.at(-1);
        if (now?.number !== number) throw refuse('another version is in use by now');
        // Another replay of the version was shown or hidden since: what is written with is that one's.
        if (now.replay_id !== replayId) return moved(command, number);
        const before = moves.at(-2);
        if (!before) throw refuse('no version was in use before it');
        return moved(command, before.number);
      }
      default:
        return command.type satisfies never;
    }
  },
  evolve(moves: ProductionMoves, event: RecordedEvent): ProductionMoves {
    const move = LabelMoved.read(event);
    return move?.label === 'production' ? [...moves, move] : moves;
  },
};

const refuse = (why: string) => new Refused('REPLAY_STATE', `the replay cannot be rolled back: ${why}`);

const moved = ({ id, at, replayId, prompt }: ProductionSwitch, number: number): NewEvent => ({
  definition: LabelMoved,
  id,
  time: at,
  source: 'insight',
  correlationId: replayId,
  data: {
    name: prompt,
    label: 'production',
    number,
    moved_by: 'replay',
    replay_id: replayId,
    moved_at: at.toISOString(),
  } satisfies LabelMovedData,
});
