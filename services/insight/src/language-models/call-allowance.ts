import { setTimeout as sleep } from 'node:timers/promises';
import { PermanentJobError, PostponedJobError } from '@undertone/platform/jobs/job-errors';
import type { Logger } from '@undertone/platform/logging/logger';
import { estimateOf } from '../model-calls/call-estimate.js';
import type { CompletionRequest, TokenUsage } from '../model-calls/completion.js';
import { costOf } from '../model-calls/cost.js';
import type { ConfiguredModel } from '../model-settings/configured-models.js';
import type { NoRoomInReplay, NoRoomToday, SpendingLedger } from '../spending/spending-ledger.js';
import type { CallRate } from './call-rate.js';

/** A budget has no room: no other model is asked, and no template stands in. */
export class BudgetExhausted extends PermanentJobError {}

/** The day's has none. */
class DayBudgetExhausted extends BudgetExhausted {
  constructor({ setting, resetsAt, never }: NoRoomToday) {
    const when = never
      ? 'one call may take more than all of it'
      : `it begins anew at ${resetsAt.toISOString()}`;
    super('LLM_BUDGET_EXHAUSTED', `${setting} has no room for the call; ${when}`);
    this.name = 'DayBudgetExhausted';
  }
}

/** The replay's own has none. */
export class ReplayBudgetExhausted extends BudgetExhausted {
  readonly replayId: string;

  constructor({ replayId, unit }: NoRoomInReplay) {
    super('REPLAY_BUDGET_EXHAUSTED', `the replay’s budget of ${unit} has no room for the call`);
    this.name = 'ReplayBudgetExhausted';
    this.replayId = replayId;
  }
}

/**
 * Lets a call be made, or throws.
 * @returns what to call with the call's usage; whoever does not leaves its upper estimate in the budgets.
 * @throws {PermanentJobError | PostponedJobError}
 */
export type AllowCall = (
  model: ConfiguredModel,
  request: CompletionRequest,
) => Promise<(usage: TokenUsage) => Promise<void>>;

/** Holds calls to the model's context and rate, and to the budgets of the day and of a replay. */
export function callAllowance(ledger: SpendingLedger, rate: CallRate, log: Logger): AllowCall {
  return async (model, request) => {
    const estimate = estimateOf(model, request);
    const tokens = estimate.promptTokens + estimate.completionTokens;
    if (model.context_tokens !== null && tokens > model.context_tokens) {
      throw new PermanentJobError(
        'LLM_CONTEXT_EXCEEDED',
        `the call may take ${tokens} tokens, and ${model.id} takes ${model.context_tokens}`,
      );
    }
    const most = { tokens, usd: costOf(model.price, estimate) };
    const reserved = await ledger.reserve(request.caller, model.id, most);
    if (typeof reserved !== 'string') throw exhausted(reserved, request);
    try {
      await turnAt(rate, model, request);
    } catch (error) {
      // Should Postgres be away just now, the call stays in the budget.
      await ledger.release(reserved).catch(() => undefined);
      throw error;
    }
    return async (usage) => {
      if (usage.promptTokens === null || usage.completionTokens === null) return;
      const spent = {
        tokens: usage.promptTokens + usage.completionTokens,
        usd: costOf(model.price, usage),
      };
      // The answer is paid for and is not lost for this; the estimate goes on counting.
      await ledger
        .settle(reserved, spent)
        .catch((error: unknown) => log.warn({ err: error, model: model.id }, 'a call is not settled'));
    };
  };
}

function exhausted(
  noRoom: NoRoomToday | NoRoomInReplay,
  { caller }: CompletionRequest,
): BudgetExhausted | PostponedJobError {
  if ('replayId' in noRoom) return new ReplayBudgetExhausted(noRoom);
  if (noRoom.never || caller.lane === 'interactive') return new DayBudgetExhausted(noRoom);
  return new PostponedJobError(
    'LLM_BUDGET_EXHAUSTED',
    `${noRoom.setting} has no room for the call`,
    noRoom.resetsAt,
  );
}

/** Takes the call's place in the model's minute. */
async function turnAt(rate: CallRate, model: ConfiguredModel, request: CompletionRequest): Promise<void> {
  if (model.requests_per_minute === null) return;
  const { caller, isRepair, signal } = request;
  for (;;) {
    const turn = await rate.take(model.id, model.requests_per_minute, caller.lane, caller.jobId, isRepair);
    if (!turn) return;
    if (!isRepair) {
      throw new PostponedJobError(
        'LLM_CALL_RATE_REACHED',
        `${model.id} takes ${model.requests_per_minute} calls a minute`,
        turn,
      );
    }
    // Put back, the job would begin with the first call again, and pay for it again.
    await sleep(Math.max(turn.getTime() - Date.now(), 5), undefined, { signal }).catch(() => undefined);
    signal.throwIfAborted();
  }
}
