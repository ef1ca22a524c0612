import { LabelMoved, type LabelMovedData } from '@undertone/contracts/prompt/label-moved';
import type { PromptName } from '@undertone/contracts/prompt/prompt';
import type { Envelope } from '@undertone/platform/event-store/cloudevents';
import type { Decider, EventOf, Recorded } from '@undertone/platform/event-store/decider';
import { Rejected } from '@undertone/platform/event-store/rejected';

// Events

const events = [LabelMoved] as const;
type SwitchEvent = EventOf<typeof events>;

// State

/** Where the label has been, oldest first, with the sequences of the moves. */
export type ProductionMoves = readonly (Pick<LabelMovedData, 'number' | 'replay_id'> & {
  readonly sequence: number;
})[];

const initial: ProductionMoves = [];

function evolve(moves: ProductionMoves, event: Recorded<SwitchEvent>): ProductionMoves {
  switch (event.type) {
    case 'label-moved': {
      const { label, number, replay_id } = event.data;
      const { sequence } = event.metadata;
      return label === 'production' ? [...moves, { number, replay_id, sequence }] : moves;
    }
    default:
      return event.type satisfies never;
  }
}

// Commands

export interface ProductionSwitch {
  readonly type: 'activate' | 'roll back';
  readonly at: Date;
  readonly replayId: string;
  readonly prompt: PromptName;
  /** The replay's version. */
  readonly number: number;
  /** Nobody asked for it: what was taken back once stays so. */
  readonly automatic?: boolean;
}

/** @throws {Rejected} the version is not the one in use any more, or there is none to go back to. */
function decide(command: ProductionSwitch, moves: ProductionMoves): SwitchEvent | undefined {
  const { replayId, number } = command;
  const own = moves.filter((move) => move.replay_id === replayId).length;
  const isShown = own % 2 === 1;
  switch (command.type) {
    case 'activate':
      if (isShown || (command.automatic && own > 0)) return undefined;
      return moved(command, number);
    case 'roll back': {
      if (own === 0) throw cannotRollBack('it was never activated');
      if (!isShown) return undefined;
      const now = moves.at(-1);
      if (now?.number !== number) throw cannotRollBack('another version is in use by now');
      // Another replay of the version was shown or hidden since: what is written with is that one's.
      if (now.replay_id !== replayId) return moved(command, number);
      const before = moves.at(-2);
      if (!before) throw cannotRollBack('no version was in use before it');
      return moved(command, before.number);
    }
    default:
      return command.type satisfies never;
  }
}

const cannotRollBack = (why: string) =>
  new Rejected('REPLAY_STATE', `the replay cannot be rolled back: ${why}`);

const moved = ({ at, replayId, prompt }: ProductionSwitch, number: number): SwitchEvent => ({
  type: 'label-moved',
  data: {
    name: prompt,
    label: 'production',
    number,
    moved_by: 'replay',
    replay_id: replayId,
    moved_at: at.toISOString(),
  },
});

/**
 * The one event that shows a replay, and the one that hides it again: the prompt's label `production` moves, in the
 * replay's name. So the version that is written with and the insights that are read switch together. Of a replay's moves
 * the first shows it, the next hides it, and so on: the version itself may be in use before and after.
 */
export const productionSwitch: Decider<ProductionSwitch, ProductionMoves, typeof events> = {
  events,
  initial,
  evolve,
  decide,
};

// Envelope

export const switchEnvelope = (id: string, { at, replayId }: ProductionSwitch): Envelope => ({
  id,
  source: 'insight',
  time: at,
  correlationId: replayId,
});
