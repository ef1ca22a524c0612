import type { Fallback } from '@undertone/contracts/insight/insight';
import type { ModelHealth } from '@undertone/contracts/insight/language-model';
import { PermanentJobError, PostponedJobError, TransientJobError } from '@undertone/platform/jobs/job-errors';
import type OpenAI from 'openai';
import { chatCompletion, clientOf } from '../model-calls/chat-completions.js';
import type { Completion, CompletionRequest } from '../model-calls/completion.js';
import { costOf } from '../model-calls/cost.js';
import {
  isRefusal,
  isUnheard,
  ModelAway,
  type ModelFailure,
  putBackWhileAway,
  together,
} from '../model-calls/model-failures.js';
import type { ConfiguredModel, ConfiguredModels } from '../model-settings/configured-models.js';
import { TEMPLATE } from '../model-settings/model-definition.js';
import { type AllowCall, BudgetExhausted } from './call-allowance.js';
import { checkHealth } from './model-health.js';
import { type Entry, ModelOutage } from './model-outage.js';

/** What decides what a model writes, beside the prompt. */
export type ModelIdentity = Pick<ConfiguredModel, 'id' | 'model' | 'parameters'>;

/** The language models of this installation, asked in the order that the settings state. */
export class LanguageModels {
  private readonly clients: ReadonlyMap<
    string,
    { model: ConfiguredModel; client: OpenAI; outage: ModelOutage }
  >;

  constructor(
    readonly configured: ConfiguredModels,
    private readonly allow: AllowCall,
  ) {
    this.clients = new Map(
      configured.all.map((model) => [
        model.id,
        { model, client: clientOf(model), outage: new ModelOutage() },
      ]),
    );
  }

  /**
   * Asks the first model once, and where it does not answer the next one. What the answer says is not checked here, so
   * a wrong answer makes no other model be asked. A bulk job does not ask one that is away; where all are, it is put back.
   * @throws {ModelsUnavailable | ModelsRefused} none of them answered.
   * @throws {BudgetExhausted | PostponedJobError} a call may not be made, or not now, and none was.
   * @throws {TransientJobError} the same, after a call that was made: the try counts.
   */
  async complete(request: CompletionRequest): Promise<Completion> {
    const failures: ModelFailure[] = [];
    const fallbacks: Fallback[] = [];
    const isBulk = request.caller.lane === 'bulk';
    for (const model of this.orderFor(request.model)) {
      try {
        return { ...(await this.ask(model, request)), fallbacks };
      } catch (error) {
        if (error instanceof BudgetExhausted) throw error;
        const hasAsked =
          request.isRepair ||
          failures.some((before) => before.code !== 'LLM_CONTEXT_EXCEEDED' && !(isBulk && isUnheard(before)));
        if (error instanceof PostponedJobError && hasAsked) throw waiting(error);
        if (!(error instanceof PermanentJobError || error instanceof TransientJobError)) throw error;
        failures.push(error);
        fallbacks.push({ model: model.id, code: error.code });
      }
    }
    const putBack = isBulk && !this.configured.templateLast ? putBackWhileAway(failures) : null;
    if (putBack) throw request.isRepair ? waiting(putBack) : putBack;
    throw together(failures, fallbacks);
  }

  /** The one of a name; absent: the built-in templates. */
  identityOf(id: string | undefined): ModelIdentity {
    if (id === undefined) return { id: TEMPLATE, model: TEMPLATE, parameters: {} };
    const { model, parameters } = this.find(id).model;
    return { id, model, parameters };
  }

  /** Who is asked: the model that a prompt names, and after it those of the settings. */
  orderFor(named: string | null): readonly ConfiguredModel[] {
    const { order } = this.configured;
    if (named === null || order.length === 0) return order;
    const wanted = this.clients.get(named)?.model;
    if (!wanted) {
      throw new PermanentJobError(
        'LLM_MODEL_UNKNOWN',
        `the prompt is for the model ${named}, which is not here`,
      );
    }
    return [wanted, ...order.filter(({ id }) => id !== named)];
  }

  /** How one of the models is now. */
  async health(id: string): Promise<ModelHealth> {
    const { model, client, outage } = this.find(id);
    const health = await checkHealth(client, model, () => new Date());
    const { resumeAt } = outage;
    if (!resumeAt) return health;
    return {
      ...health,
      detail: `${health.detail}; bulk jobs leave it alone until ${resumeAt.toISOString()}`,
    };
  }

  private find(id: string): { model: ConfiguredModel; client: OpenAI; outage: ModelOutage } {
    const found = this.clients.get(id);
    if (!found) throw new Error(`there is no model ${id}`);
    return found;
  }

  private async ask(
    model: ConfiguredModel,
    request: CompletionRequest,
  ): Promise<Omit<Completion, 'fallbacks'>> {
    const { outage } = this.find(model.id);
    const entry = request.caller.lane === 'bulk' ? outage.enter(Date.now()) : 'free';
    if (entry instanceof Date) throw away(entry);
    try {
      return await this.call(model, request, entry);
    } finally {
      outage.leave(entry, Date.now());
    }
  }

  private async call(
    model: ConfiguredModel,
    request: CompletionRequest,
    entry: Entry,
  ): Promise<Omit<Completion, 'fallbacks'>> {
    const { client, outage } = this.find(model.id);
    const settle = await this.allow(model, request);
    const startedAt = Date.now();
    const answer = await chatCompletion(client, model, request).catch(async (error: unknown) => {
      if (error instanceof ModelAway) error.resumeAt = outage.away(entry, Date.now());
      else if (isRefusal(error)) outage.back(startedAt);
      // Refused before it began; whatever else went wrong, the tokens may be spent.
      if (isRefusal(error)) await settle({ promptTokens: 0, completionTokens: 0 });
      throw error;
    });
    outage.back(startedAt);
    await settle(answer.usage);
    const costUsd = costOf(model.price, answer.usage);
    return {
      ...answer,
      modelId: model.id,
      costUsd,
      priceAsOf: costUsd === null ? null : (model.price?.as_of ?? null),
    };
  }
}

/** Not asked, because others found it away. */
function away(resumeAt: Date): ModelAway {
  const error = new ModelAway(true);
  error.resumeAt = resumeAt;
  return error;
}

const waiting = ({ code, message, resumeAt }: PostponedJobError) =>
  new TransientJobError(code, message, Math.max(0, resumeAt.getTime() - Date.now()));
